/* This file is part of Oficio.  The COPYRIGHT file at the top level of
   this repository contains the full copyright notices and license terms. */
// Image fields whose name ends in "signature" are signed on the screen.
(function() {
    'use strict';
    const Image = Sao.View.Form.Image;

    const Signature = Sao.class_(Image, {
        init: function(view, attributes) {
            Image.prototype.init.call(this, view, attributes);
            // The record being drawn on, and the one which has the drawing.
            this.inked = this.drawn = null;
            this.pad = jQuery('<canvas/>', {
                'class': 'form-signature',
                'tabindex': 0,
                'aria-label': attributes.string,
            }).css({
                'width': '100%',
                'max-width': this.width,
                'height': this.height,
                'display': 'block',
                'margin': '0 auto',
                'background': '#fff',
                'border-bottom': '2px solid #267f82',
                'cursor': 'crosshair',
                'touch-action': 'none',
            }).insertBefore(this.image);
            const pad = this.pad[0];
            let last = null;
            const point = evt => {
                const box = pad.getBoundingClientRect();
                return [evt.clientX - box.left, evt.clientY - box.top];
            };
            pad.addEventListener('pointerdown', evt => {
                if (this._readonly || !this.record) {
                    return;
                }
                evt.preventDefault();
                pad.setPointerCapture(evt.pointerId);
                if (this.inked !== this.record) {
                    this.blank();
                    this.inked = this.record;
                }
                last = point(evt);
                this.stroke(last, last);
            });
            pad.addEventListener('pointermove', evt => {
                if (last) {
                    const next = point(evt);
                    this.stroke(last, next);
                    last = next;
                }
            });
            for (const name of ['pointerup', 'pointercancel']) {
                pad.addEventListener(name, () => {
                    if (last) {
                        last = null;
                        this.keep();
                    }
                });
            }
        },
        blank: function() {
            // As sharp as the screen, and nothing left of former strokes.
            const pad = this.pad[0], ratio = window.devicePixelRatio || 1;
            pad.width = pad.clientWidth * ratio;
            pad.height = pad.clientHeight * ratio;
            const context = pad.getContext('2d');
            context.scale(ratio, ratio);
            context.lineWidth = 2.4;
            context.lineCap = context.lineJoin = 'round';
            context.strokeStyle = '#14213d';
        },
        stroke: function(from, to) {
            const context = this.pad[0].getContext('2d');
            context.beginPath();
            context.moveTo(...from);
            context.lineTo(...to);
            context.stroke();
        },
        keep: function() {
            const record = this.record, field = this.field;
            this.pad[0].toBlob(blob => {
                blob.arrayBuffer().then(buffer => {
                    this.drawn = record;
                    field.set_client(record, new Uint8Array(buffer));
                });
            }, 'image/png');
        },
        clear: function() {
            this.forget();
            Image.prototype.clear.call(this);
        },
        forget: function() {
            this.inked = this.drawn = null;
            this.blank();
        },
        set_readonly: function(readonly) {
            Image.prototype.set_readonly.call(this, readonly);
            this.show_pad();
        },
        display: function() {
            Image.prototype.display.call(this);
            this.show_pad();
        },
        show_pad: function() {
            const record = this.record;
            // Asking for a value which is not there yet would load it.
            const signed = record && record.is_loaded(this.field_name) &&
                record.field_get_client(this.field_name);
            if (this.drawn && ((this.drawn !== record) || !signed)) {
                this.forget();
            }
            const draw = record && !this._readonly && (!signed || this.drawn);
            this.pad.toggle(Boolean(draw));
            this.image.toggle(!draw);
        },
    });

    Sao.View.FormXMLViewParser.WIDGETS.image = function(view, attributes) {
        const Widget = (attributes.name || '').endsWith('signature') ?
            Signature : Image;
        const widget = new Widget(view, attributes);
        if (attributes.width !== undefined) {
            // The width is wished for, but a telephone may have less.
            const width = parseInt(attributes.width, 10);
            widget.el.css({'width': width, 'max-width': '100%'});
            widget.image.css('max-width', `min(${width}px, 100%)`);
            delete attributes.width;
        }
        return widget;
    };
})();

// A calendar of hours opens where the work of the day begins, and on a
// telephone with one day.
(function() {
    'use strict';
    const Calendar = Sao.View.Calendar.prototype;
    const display = Calendar.display;
    const BEGIN = '07:30:00';
    const NARROW = 600;

    Calendar.display = function() {
        const scroller = () => this.el.find('.fc-time-grid-container');
        const before = scroller().scrollTop();
        const result = display.apply(this, arguments);
        if (this.opened_at_work) {
            // It is drawn anew, but stays where it was.
            scroller().scrollTop(before);
            return result;
        }
        if (!this.el.is(':visible')) {
            return result;
        }
        this.opened_at_work = true;
        const begin = () => {
            const row = this.el.find(`tr[data-time="${BEGIN}"]`);
            if (row.length) {
                scroller().scrollTop(row.position().top);
            }
        };
        if ((window.innerWidth < NARROW) &&
                (this.el.fullCalendar('getView').name == 'agendaWeek')) {
            this.el.fullCalendar('changeView', 'agendaDay');
        }
        // The height comes with what the server tells.
        const later = () => window.setTimeout(begin, 300);
        this.el.on('click', '.fc-toolbar button', later);
        begin();
        later();
        return result;
    };
})();

// Sao leaves out the name of a field whose domain has no words: '"undefined"
// is not valid', and the name comes as if it were another line.
(function() {
    'use strict';
    const Screen = Sao.Screen.prototype;
    const invalid_message = Screen.invalid_message;

    Screen.invalid_message = function() {
        return invalid_message.apply(this, arguments).replace(
            /"undefined"([^\n]*)\n([^\n]+)/g, '"$2"$1');
    };
})();
