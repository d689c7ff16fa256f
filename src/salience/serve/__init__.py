"""HTTP: decode, one engine method, encode. `app` lists the verbs, one file each; keys, limits, faults are middleware.

A request passes, outside in: `headers`, `cors`, `faults`, then per route `keys` and `limits`, then the verb's own file.
"""
