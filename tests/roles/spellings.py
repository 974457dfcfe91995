"""How a visitor may write the path ``/metrics`` so that an app takes it for that, and paths that are others.

Tried with Flask, Django (``path``, ``re_path`` with ``(?i)`` and without), FastAPI, and the apps of ``prometheus_client`` mounted in each,
behind Gunicorn.
"""

# Some take these for /metrics, or for what is below it; the dots of others, none of those that were tried
SAME = [
    # Gunicorn takes what is behind # for a fragment, Django with (?i) the letters of other scripts, FastAPI the line's end for nothing
    "/metrics#x",
    *("/metrics", "/metrics/", "/metrics//", "/metrics?", "/metrics?name[]=x", "/metrics/?x", "/metrics/x", "/metrics/../metrics"),
    *("//metrics", "///metrics", "/./metrics", "/././metrics", "/.//./metrics", "/metrics/.", "/metrics/./", "//metrics//"),
    *("/%6detrics", "/%6Detrics", "/%6d%65%74%72%69%63%73", "/metric%73", "/%2fmetrics", "/%2Fmetrics", "/%2e/metrics", "/metrics%2f"),
    *("/METRICS", "/Metrics", "/mEtRiCs/", "/%4detrics", "/metrics%2Fx", "/metrics%3F", "/metrics%3Fx", "/metrics%23x"),
    *("/x/../metrics", "/x/%2e%2e/metrics", "/x/..%2fmetrics", "/a/b/../../metrics", "/a/..//metrics", "/../metrics", "/x/.%2e/metrics/"),
    *("/metrics;", "/metrics;x=1", "/metrics%3bx", "/metrics%0a", "/metrics%0A", "/metrics%20", "/metrics%00", "/metrics%09"),
    *("/metric%c5%bf", "/metr%c4%b1cs", "/METR%C4%B0CS", "/metrics%c3%bc", "/metrics&x", "/metrics:x", "/metrics,x", "/metrics=x"),
    *("/metrics/%2e%2e", "/metrics%5c", "/metrics%252f", "/metrics%c2%a0", "/metrics%e2%80%a8", "/metrics%7f", "/metrics*", "/metrics$"),
]
# And these are none of it
OTHER = [
    *("/", "/metric", "/metricsx", "/metrics2", "/metrics-old", "/metrics_old", "/metrics.json", "/metrics~", "/xmetrics", "/x/metrics"),
    *(
        "/my/metrics/",
        "/?/metrics",
        "/x?y=/metrics",
        "/x?/../metrics",
        "/..metrics",
        "/.metrics",
        "/%25metrics",
        "/%256detrics",
        "/met/rics",
    ),
]
