"""Other libraries' interfaces over our families: `expectax.compat.tfp`, `expectax.compat.numpyro`."""
