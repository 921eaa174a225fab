"""The officer's desk as a web application on the laptop itself: server-rendered pages, no request leaves the machine.

``app`` composes the pages, ``office`` holds what all of them need, ``visits`` is one request of one officer, ``pages``
has one module a screen and ``templates`` their markup.  Rules of the register stay in ``registration``: a page reads a
form, calls one function and shows what came of it.
"""
