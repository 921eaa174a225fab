"""The books of a village (Permendagri 47/2016) and its figures, as queries over the register, for any month.

``Chronicle`` rebuilds who lived where on any day; each book and figure is one module that asks it; ``catalogue`` names
them all and writes them as files.  One rule says who is a resident: ``register.residency``.
"""
