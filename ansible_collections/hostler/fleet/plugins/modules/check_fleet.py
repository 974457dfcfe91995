"""Check the inventory as a whole, before any host is touched; the action of the same name does it, on the control node."""

DOCUMENTATION = r"""
module: check_fleet
short_description: Check the inventory as a whole, before any host is touched
description:
  - The manual of C(apps), and what an inventory is held against. A refusal names the variable, its value, and one that would have worked.
  - Returns C(apps), completed by the defaults below, without C(env) and C(secrets); and C(pages), the fleet's page where it has a domain.
options:
  web: {description: Names of the web hosts., type: list, elements: str, required: true}
  balancers: {description: Names of the balancers., type: list, elements: str, required: true}
  monitors: {description: Name of the host that watches the others; none where the fleet has no such., type: list, elements: str, default: []}
  databases: {description: Name of the host that has the data; none where the fleet has no such., type: list, elements: str, default: []}
  backups: {description: Name of the host that keeps its backups., type: list, elements: str, default: []}
  without_backup: {description: Whether the operator has said that data may be without a backup., type: bool, default: false}
  beside_data: {description: Whether he has said that backups may be on the database's own host., type: bool, default: false}
  hosts:
    description: Names of the hosts that this run may touch. The fleet is deployed whole, so that it never serves two versions.
    type: list
    elements: str
    required: true
  places:
    description:
      - For each host of the fleet its name, C(ansible_host), C(ansible_port), C(ansible_ssh_common_args) and C(fleet_address), empty
        where the inventory has none. No two hosts are in one place.
    type: list
    elements: list
    required: true
  root: {description: Folder that a relative C(source) starts from., type: path, required: true}
  builds:
    description: Whether releases are about to be built; only then have the apps' sources to be there.
    type: bool
    default: false
  page:
    description: What is said of the fleet's page, as C(monitor_page) of the role monitor has it, without C(users).
    type: dict
    default: {}
  apps:
    description: The apps that this fleet serves.
    type: list
    elements: dict
    required: true
    options:
      name:
        description: Name of the app, its user and its units; lower case letters, digits and C(-), a letter first, 31 characters at most.
        type: str
        required: true
      source:
        description:
          - Folder of the app on the control node. What git tracks or would track there is what is deployed. Required without C(repository).
          - With C(repository), the folder within it, by default its top.
        type: path
        default: ""
      repository:
        description:
          - Git repository that the app is fetched from, as C(git clone) takes it; a relative path starts at C(root).
          - No password or token is written here. Git finds those as it always does, by an SSH key or a credential helper; it never asks.
        type: str
        default: ""
      ref:
        description:
          - Branch, tag or commit of C(repository). A branch is what the repository has at each run, C(HEAD) its default branch.
          - A full commit that was fetched before needs no network; an abbreviated one has the whole history fetched.
        type: str
        default: HEAD
      lock:
        description:
          - The file that locks the app's packages, relative to C(source). By default the first of C(requirements.txt), C(uv.lock) and
            C(pylock.toml) that is there. Any other name is one of requirements with hashes.
          - Of C(uv.lock) the project's own dependencies are taken, no groups; the project's code comes with its folder.
        type: str
        default: ""
      include:
        description:
          - What goes along though git ignores it, such as C(staticfiles) or C(*.mo); folders and patterns as C(.gitignore) has them.
          - Each has to match a file. Virtual environments, C(node_modules), C(.env) and the like stay out unless a pattern names them.
        type: list
        elements: str
        default: []
      build:
        description:
          - Command for the shell of the control node, run in a clean copy of what is deployed before it is packed, such as
            C(npm ci && npm run build). What it makes goes along where C(include) names it; what it changes does too.
          - It is run again only where a file, the command or C(include) has changed. Its environment is the run's, without Ansible's variables.
        type: str
        default: ''
      build_seconds:
        description: How long that command may take.
        type: int
        default: 600
      interface:
        description: What the callable is; C(wsgi) as of Flask and Django, C(asgi) as of FastAPI and Starlette, with WebSockets.
        type: str
        choices: [wsgi, asgi]
        default: wsgi
      callable:
        description:
          - The WSGI or ASGI callable, as Gunicorn takes it; or a function that makes it, such as C(shop:create_app()) or
            C(shop:create_app('prod')), with arguments that are literals.
        type: str
        default: app:app
      static:
        description:
          - Folders within C(source) with files that visitors' pages ask for by names that change with their content.
          - A release is lent the files there that the releases in the two slots have and it lacks. So a page that was fetched before
            a switch still finds its own. A file that is taken out there is gone two releases later.
        type: list
        elements: str
        default: []
      domains:
        description:
          - Host names under which visitors reach the app; C(*.example.org) is for each name with one label in place of the asterisk that no
            app has itself. Letters of other scripts, as in C(bücher.example), are taken as DNS has them.
        type: list
        elements: str
        default: []
      default:
        description: Whether the app also answers every host name that no app has.
        type: bool
        default: false
      tls:
        description:
          - Whether visitors reach the app by HTTPS, and whose certificate the balancers show. Who comes by HTTP is sent to HTTPS then.
          - C(files) are yours, as C(certificate) and C(key) name them. C(selfsigned) is made and renewed by C(site.yml), and signed by a
            small authority of the inventory's own on the control node, which visitors have to trust once.
          - With C(acme), each balancer gets a certificate for each of C(domains) by itself, from Let's Encrypt or whom C(balancer_acme_directory)
            names, and renews it. The names have to lead to the balancers, whose port 80 that authority asks.
          - C(auto) is C(acme) where all of C(domains) are names that the world may look up, without a wildcard; else C(off).
        type: str
        choices: [auto, 'off', acme, files, selfsigned]
        default: auto
      certificate:
        description:
          - With C(tls=files), the file of the app's certificate on the control node, PEM; the app's own first, then each one's issuer.
          - It has to be valid and to have every name of C(domains). A relative path starts at C(root).
        type: path
        default: ""
      key:
        description: With C(tls=files), the file of its private key, PEM without a passphrase; Ansible Vault may encrypt it.
        type: path
        default: ""
      ports:
        description: The two ports on the web hosts, one a slot. They stay as they are once the app is live.
        type: dict
        default: {blue: 5001, green: 5002}
        options:
          blue: {type: int, required: true, description: Port of the slot blue.}
          green: {type: int, required: true, description: Port of the slot green.}
      env:
        description:
          - The app's environment. Every value is a string, and reaches the app as it stands here, whatever characters it has.
          - What Ansible itself would evaluate, as two braces, is kept from it by C(!unsafe) before the value.
          - C(ENV) and C(FLASK_ENV) are C(production) unless set.
          - What Gunicorn heeds, such as C(GUNICORN_CMD_ARGS), C(WEB_CONCURRENCY) and C(PORT), is refused; there are keys for that.
        type: dict
        default: {}
      secrets:
        description:
          - More of the app's environment, such as keys and passwords, from Ansible Vault or any lookup. As for C(env), every value is a string.
          - They are kept apart from releases, in files for root alone; a release's id covers the name of their generation, not the values.
        type: dict
        no_log: true
        default: {}
      generate:
        description:
          - Names of secrets that Hostler makes, such as C([SECRET_KEY]), each 64 random characters; the same on all web hosts and in every
            release. A web host that lacks them gets what the others have; C(-e renew=SECRET_KEY) makes that one anew.
          - They are kept where C(secrets) are, on the web hosts and nowhere else. One that was in C(secrets) keeps the value it has there.
        type: list
        elements: str
        default: []
      keep_secrets:
        description:
          - Whether a deploy that changes a secret leaves the former one on the hosts, and the standby with it, for a way back by the switch.
          - Else it stops the standby and erases the former secrets once the new release has been watched.
        type: bool
        default: false
      database:
        description:
          - Whether the app has a database, by C(true) or by a mapping, on the host of the group C(database); C(site.yml) makes it, and a role
            that owns it, both called C(name). C(DATABASE_URL) leads the app there, as a secret that is kept as those of C(generate) are, and
            C(-e renew=DATABASE_URL) makes its password anew. C(DATABASE_POOL) tells each process how many connections it may have.
          - Taken out, C(site.yml) leaves the database where it is.
        type: dict
        options:
          name:
            description: Name of the database, lower case letters, digits and C(_); that of the app by default, with C(_) for C(-).
            type: str
            default: ''
          url:
            description:
              - A database that is elsewhere, as libpq takes it; all of it is the operator's then. It is the secret C(DATABASE_URL).
            type: str
            no_log: true
          statement_seconds: {type: int, default: 30, description: How long one statement of the app may take; 0 for any time.}
          idle_seconds: {type: int, default: 60, description: How long a transaction may stand idle until its connection is ended; 0 for any time.}
          connections:
            description: Connections that each process may have; 0 takes one for each of C(threads), 16 at most.
            type: int
            default: 0
      health:
        description: Path that answers 200 when the app can serve.
        type: str
        default: /status
      metrics:
        description:
          - Path of the app's own metrics, in Prometheus' format, such as C(/metrics); the monitor asks each slot on each web host for it.
          - Visitors get a 404 for it and what is below it, however they write it, also where the fleet has no monitor.
        type: str
        default: ""
      start_seconds:
        description: How long a new release may take until it is healthy; its import may take that long, or a minute.
        type: int
        default: 60
      timeout:
        description: Seconds without a byte after which the balancer gives a request up, with a 504. It has run once by then, and may run on.
        type: int
        default: 10
      processes:
        description: Worker processes of Gunicorn on each web host; 0 takes one a core, two at least.
        type: int
        default: 0
      threads:
        description:
          - Requests that each process is given at once by a balancer; an open WebSocket counts as one.
          - 0 takes 8 for C(wsgi), which has a thread for each of them and some for health checks, and 256 for C(asgi), which has no threads.
          - More is for requests that wait, not for those that compute. C(status.yml) tells how many are in use.
        type: int
        default: 0
      preload:
        description:
          - Import the app once, before workers are forked. Where the import is seen to begin what a fork has not, as threads, a pool that
            was used or a connection, each worker imports it for itself all the same, and the deploy says what it was.
          - Turn off to have that said no more, or for an app that does not survive a fork for other reasons.
        type: bool
        default: true
      gunicorn_hooks:
        description:
          - Python file of the app, relative to C(source), such as C(gunicorn.conf.py), whose functions that are named as Gunicorn's server
            hooks are called as such, as C(post_fork) and C(worker_exit). Nothing else of it is heeded; the build names what is in vain.
        type: str
        default: ''
      memory:
        description: Memory that one slot of the app may use on a host, as systemd writes it.
        type: str
        default: 50%
      tasks:
        description: Processes and threads that one slot of the app may have on a host.
        type: int
        default: 4096
      writable:
        description:
          - Folders of the web hosts, beside its C(STATE_DIRECTORY), that the app may write to, such as C(/mnt/media); absolute paths.
          - Each has to be there, made or mounted by you and given to the app's user; its slots wait for it at the host's start.
        type: list
        elements: str
        default: []
      packages:
        description:
          - Packages of the web hosts' distribution that the app needs, such as C(libmagic1) or C(ffmpeg); C(site.yml) installs them.
          - None is ever removed, for another app, or you, may have come to need it.
        type: list
        elements: str
        default: []
      standby:
        description:
          - What becomes of the former release once the new one has been watched and jobs and workers have followed. C(warm) has it run on,
            and the way back is the switch alone, within a second; it takes memory, and what the app begins at import is there twice.
          - C(cold) stops it, and the way back starts it from disk, gated as a deploy is, in some seconds. While a deploy or a rollback is
            at work both run in any case.
        type: str
        choices: [warm, cold]
        default: warm
      balance:
        description: How requests are spread over the web hosts.
        type: str
        choices: [roundrobin, leastconn, random]
        default: roundrobin
      sticky:
        description: Whether a cookie keeps each visitor on one web host.
        type: bool
        default: false
      limits:
        description:
          - Paths of which one visitor may ask for a few a minute only, at each balancer, such as those that take a password; beyond that he
            gets a 429. What is below such a path counts with it.
        type: list
        elements: dict
        default: []
        options:
          path: {type: str, required: true, description: "The path, such as C(/login)."}
          per_minute: {type: int, required: true, description: "How many requests."}
      release_command:
        description:
          - Command that is run once a deploy, on one web host, once the release is up everywhere and before it is live; such as
            C(flask db upgrade). C(release_command_once) has each web host run it.
          - It runs as the app does, in the app's folder, with the programs of its packages. What is live meanwhile has to bear what it does, and
            is asked before the switch whether it does.
        type: str
        default: ''
      release_command_once:
        description:
          - Whether one web host runs it for all, as what changes a database server; or each of them, as what makes an app's own files below
            C(STATE_DIRECTORY), such as tables of SQLite. A web host that is new runs it then too, once the release is up there.
        type: bool
        default: true
      release_command_seconds:
        description: How long that command may take, with all its tries. A statement of PostgreSQL's is ended after that time, too.
        type: int
        default: 300
      release_command_lock_seconds:
        description:
          - How long a statement of that command may wait for a lock in PostgreSQL; 0 for as long as it takes. All who come after it wait as well.
          - Where it gets none, the command is run again after 1, 2, 4 and 8 seconds. Any other failure is final.
          - Both limits are the variable C(PGOPTIONS), which libpq reads; one in C(env) or C(secrets) is left as it is.
        type: int
        default: 1
      after_migration:
        description:
          - Command that is run after C(release_command) in the release that is live until then, on one web host, such as C(flask check-schema).
            Where it fails, that release does not bear what was done, and remains live. It has the time of C(release_command).
          - The health path of what is live is asked in any case, on each web host.
        type: str
        default: ''
      hooks:
        description:
          - Commands for the shell of the control node, run in C(root) once for each deploy, rollback and restart of the app.
          - They get the release's facts as C(HOSTLER_*), of the run's own environment little else than C(HOOK_*), and a minute.
        type: dict
        default: {before: '', after: ''}
        options:
          before: {type: str, default: '', description: Run before anything of the app is touched. Where it fails nothing is.}
          after: {type: str, default: '', description: Run when the release is live or has failed. Where it fails there is a warning.}
      jobs:
        description:
          - Commands that are run on a schedule. They are part of a release, follow what is live, and come back with it.
          - They run as C(release_command) does, but by bash, with C(memory) and C(tasks) each. A run ends on the release that it began on.
        type: list
        elements: dict
        default: []
        options:
          name: {type: str, required: true, description: "Name of the job; its unit is C(<app>.<name>). As an app's name, 16 characters at most."}
          command: {type: str, required: true, description: "The command, such as C(flask report)."}
          schedule: {type: str, required: true, description: "When it is run, as C(OnCalendar) of systemd, such as C(*-*-* 03:00:00)."}
          once: {type: bool, default: true, description: "Whether one web host runs it, the first of the inventory, or each of them."}
          seconds: {type: int, default: 3600, description: "How long it may take."}
      workers:
        description:
          - Commands that are kept running, such as C(celery -A app worker). As C(jobs), they follow what is live.
          - After a switch the old one is asked to finish, by SIGTERM, and the new one started once it has ended.
        type: list
        elements: dict
        default: []
        options:
          name: {type: str, required: true, description: "Name of the worker; no job of the app has it too."}
          command: {type: str, required: true, description: "The command."}
          once: {type: bool, default: false, description: "Whether one web host runs it, the first of the inventory, or each of them."}
          stop_seconds: {type: int, default: 60, description: "How long it may take to finish until it is killed."}
      canary_percent:
        description: How many of a hundred requests a new release gets before it is live; 0 for none.
        type: int
        default: 0
      canary_seconds:
        description: For how long it gets them. Where clearly more of them fail than on the live release, the deploy fails.
        type: int
        default: 30
      watch_seconds:
        description: How long a release that is just live is watched. Where clearly more requests fail than before, the fleet is switched back.
        type: int
        default: 5
      keep_releases:
        description: How many releases stay on a web host; those in the two slots always do.
        type: int
        default: 5
"""
