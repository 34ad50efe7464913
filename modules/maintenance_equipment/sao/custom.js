/* This file is part of Oficio.  The COPYRIGHT file at the top level of
   this repository contains the full copyright notices and license terms. */
// An address in a search box is looked for: what stands before its colon is
// not the name of a column.
(function() {
    'use strict';
    const Parser = Sao.common.DomainParser.prototype;
    const parse = Parser.parse;

    Parser.parse = function(input) {
        return parse.call(
            this, input.replace(/(^|\s)(https?:\/\/[^\s"]+)/gi, '$1"$2"'));
    };
})();

// The button of a row is pressed with one click: Sao uses the first one to
// choose the row.
(function() {
    'use strict';
    const Column = Sao.View.Tree.ButtonColumn.prototype;
    const clicked = Column.button_clicked;

    Column.button_clicked = function(event) {
        const [record, button] = event.data;
        const screen = this.view.screen;
        const many = event.ctrlKey || event.metaKey || event.shiftKey;
        if ((record !== screen.current_record) &&
            !this.view.editable && !many) {
            // The row is chosen while the event goes up.
            setTimeout(() => {
                if (screen.current_record === record) {
                    button.el.trigger('click');
                }
            });
        }
        return clicked.call(this, event);
    };
})();
