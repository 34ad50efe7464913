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
