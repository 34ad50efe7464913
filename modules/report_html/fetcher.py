# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import logging
import os

from weasyprint.urls import URLFetcher, URLFetcherResponse

import trytond.config as config
from trytond.tools import file_open

from .loadable import RefusedError, parse_data, parse_module

logger = logging.getLogger(__name__)

DATA_SIZE = config.getint('report_html', 'data_size', default=16 * 2 ** 20)
TOTAL_SIZE = config.getint('report_html', 'total_size', default=256 * 2 ** 20)


class SafeFetcher(URLFetcher):
    "Loads data inside the paper and files of modules, and nothing else"

    def __init__(self, report_name, data_size=None, total_size=None):
        super().__init__(
            timeout=0, allowed_protocols={'data', 'module'},
            allow_redirects=False)
        self.report_name = report_name
        self.data_size = DATA_SIZE if data_size is None else data_size
        self.left = TOTAL_SIZE if total_size is None else total_size
        self.refused = []

    def fetch(self, url, headers=None):
        try:
            type_, content = self._load(url)
        except (RefusedError, OSError) as error:
            shown = url if len(url) < 200 else url[:200] + '…'
            self.refused.append(shown)
            logger.warning(
                "%s: refused to load %s (%s)",
                self.report_name, shown, error)
            raise
        return URLFetcherResponse(
            url, body=content, headers={'Content-Type': type_})

    def open(self, url, data=None, timeout=None):
        # The base class would let urllib open a Request.
        return self.fetch(getattr(url, 'full_url', url))

    def _load(self, url):
        scheme = url.partition(':')[0].lower()
        if scheme == 'data':
            type_, content = parse_data(url, min(self.data_size, self.left))
            self.left -= len(content)
            return type_, content
        elif scheme == 'module':
            type_, path = parse_module(url)
            with file_open(path.replace('/', os.sep), mode='rb') as file:
                return type_, file.read()
        raise RefusedError("neither data nor a file of a module")
