"""The functions that an app has Gunicorn call, by the file that its ``gunicorn_hooks`` names. Of that file nothing else is heeded."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.model import App

OWN = "gunicorn.conf.py"  # what Gunicorn reads where no other file is named
# Source: gunicorn.config.KNOWN_SETTINGS, of the section Server Hooks
HOOKS = (
    *("on_starting", "on_reload", "when_ready", "pre_fork", "post_fork", "post_worker_init", "worker_int", "worker_abort", "pre_exec"),
    *("pre_request", "post_request", "child_exit", "worker_exit", "nworkers_changed", "on_exit"),
)
# The rest of them; what an app needs of it is a key
SETTINGS = frozenset(
    re.findall(
        r"\w+",
        """
    access_log_format accesslog asgi_disconnect_grace_period asgi_lifespan asgi_loop backlog bind ca_certs capture_output
    casefold_http_method cert_reqs certfile chdir check_config ciphers config control_socket control_socket_disable
    control_socket_mode daemon default_proc_name dirty_apps dirty_graceful_timeout dirty_post_fork dirty_threads dirty_timeout
    dirty_worker_exit dirty_worker_init dirty_workers disable_redirect_access_to_syslog do_handshake_on_connect dogstatsd_tags
    enable_backlog_metric enable_stdio_inheritance errorlog forwarded_allow_ips forwarder_headers graceful_timeout group
    header_map http2_cleartext http2_initial_window_size http2_max_concurrent_streams http2_max_frame_size
    http2_max_header_list_size http_parser http_protocols initgroups keepalive keyfile limit_request_field_size
    limit_request_fields limit_request_line logconfig logconfig_dict logconfig_json logger_class loglevel max_requests
    max_requests_jitter on_dirty_starting paste permit_obsolete_folding permit_unconventional_http_method
    permit_unconventional_http_version pidfile preload_app print_config proc_name protocol proxy_allow_ips proxy_protocol
    pythonpath raw_env raw_paste_global_conf reload reload_engine reload_extra_files reuse_port root_path secure_scheme_headers
    sendfile spew ssl_context ssl_version statsd_host statsd_prefix strip_header_spaces suppress_ragged_eofs syslog syslog_addr
    syslog_facility syslog_prefix threads timeout tmp_upload_dir umask user uwsgi_allow_ips websocket_max_message_size
    worker_class worker_connections worker_tmp_dir workers wsgi_app
    """,
    )
)


def warnings(app: App, folder: Path, names: list[Path]) -> Iterator[str]:
    """Yield what is to be said of an app whose files are `names` in a folder; ValueError where that of its hooks is none of them."""
    file = app.gunicorn_hooks
    if not file:
        if Path(OWN) in names:
            yield (
                f"apps.{app.name}.source: its {OWN} is not read, for Gunicorn's settings are keys of the app (processes, threads, timeout, "
                f"preload); for its hooks, such as post_fork, say 'gunicorn_hooks: {OWN}'."
            )
        return
    if Path(file) not in names:
        raise ValueError(f"gunicorn_hooks: {folder / file} is no file that would be deployed; write it from the app's own folder.")
    try:
        module = ast.parse((folder / file).read_bytes())
    except SyntaxError:
        return  # hosts may have another Python; there the app is refused if they too cannot read it
    found = set(_assigned(module.body))
    if vain := sorted(found & SETTINGS):
        yield (
            f"apps.{app.name}.gunicorn_hooks: of {file}, {', '.join(vain)} {'is' if len(vain) == 1 else 'are'} not heeded, only hooks are; "
            "what there is to set is a key of the app, such as processes, threads, timeout and preload."
        )
    if not found & {*HOOKS, "*"}:
        yield f"apps.{app.name}.gunicorn_hooks: {file} has none of Gunicorn's hooks, which are {', '.join(HOOKS)}."


def _assigned(body: list[ast.stmt]) -> Iterator[str]:
    """Yield the names that a module's statements give something to, also on a condition; ``*`` for those of a whole other module."""
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (alias.asname or alias.name for alias in node.names)
        elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name))
        for part in ("body", "orelse", "finalbody"):
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                yield from _assigned(getattr(node, part, []))
        for handler in getattr(node, "handlers", []):
            yield from _assigned(handler.body)
