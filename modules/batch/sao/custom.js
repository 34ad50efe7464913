/* This file is part of Oficio.  The COPYRIGHT file at the top level of
   this repository contains the full copyright notices and license terms. */

// Follow an open batch run until it ends: Sao itself never reloads a record.
(function() {
    'use strict';

    const label = (record, name) =>
        `${record.model.fields[name].description.string}: ` +
        `${record.model.fields[name].get_client(record)}`;
    let reloading = false;

    setInterval(() => {
        const tab = !document.hidden && Sao.Tab.tabs.get_current();
        const screen = tab && tab.screen;
        const record = screen && screen.current_record;
        if (reloading || !record ||
            (screen.model_name != 'batch.run') ||
            (screen.current_view.view_type != 'form') ||
            !record.is_loaded('state') ||
            (record.field_get('state') != 'running')) {
            return;
        }
        reloading = true;
        tab.reload(false).then(() => {
            if ((screen.current_record === record) &&
                (record.field_get('state') == 'done')) {
                const failed = record.field_get('problems_found') > 0;
                tab.info_bar.add(
                    ['done', 'failed', 'problems_found']
                    .map(name => label(record, name)).join(', '),
                    failed ? 'warning' : 'success');
            }
        }).always(() => {
            reloading = false;
        });
    }, 2000);
}());
