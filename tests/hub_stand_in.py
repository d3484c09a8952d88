"""A Hub on loopback for the real `huggingface_hub` client: enough of its protocol to push, tag, pull and load.

Repositories live in memory as commits of whole trees. Faults are planted with `Hub.fail`: an endpoint then answers so
many times with a status, cuts the connection, or does not answer in time, before or after it has done its work.
"""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import hashlib
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "hf_StandInTokenThatMustNeverBeShown0"

Tree = dict[str, bytes]


@dataclasses.dataclass
class Repo:
    """One dataset repository."""

    commits: dict[str, Tree] = dataclasses.field(default_factory=dict)
    parents: dict[str, str] = dataclasses.field(default_factory=dict)
    branches: dict[str, str] = dataclasses.field(default_factory=dict)
    tags: dict[str, str] = dataclasses.field(default_factory=dict)
    pulls: dict[str, str] = dataclasses.field(default_factory=dict)
    private: bool = False

    @property
    def head(self) -> str:
        return self.branches["main"]

    @property
    def tree(self) -> Tree:
        return self.commits[self.head]

    def add(self, tree: Tree, parent: str) -> str:
        text = parent + json.dumps({path: hashlib.sha256(data).hexdigest() for path, data in sorted(tree.items())})
        sha = hashlib.sha1(f"{len(self.commits)}{text}".encode()).hexdigest()
        self.commits[sha], self.parents[sha] = dict(tree), parent
        return sha

    def resolve(self, revision: str) -> str | None:
        pulls = {f"refs/pr/{number}": sha for number, sha in self.pulls.items()}
        heads = {f"refs/heads/{name}": sha for name, sha in self.branches.items()}
        known = self.branches | self.tags | pulls | heads
        return known.get(revision) or (revision if revision in self.commits else None)


class Failure(Exception):
    """An answer other than 200."""

    def __init__(self, status: int, code: str = "", message: str = "") -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message or f"status {status}"


@dataclasses.dataclass
class Fault:
    """How an endpoint fails: a status, "cut" or "timeout"; and whether it does its work first."""

    kind: int | str
    times: int
    after: bool = False
    retry_after: str = "0"


class Hub:
    """The server's state; `url` is the endpoint."""

    def __init__(self) -> None:
        self.repos: dict[str, Repo] = {}
        self.objects: dict[str, bytes] = {}
        self.uploads: list[str] = []
        self.faults: dict[str, Fault] = {}
        self.calls: Counter[str] = Counter()
        self.lock = threading.Lock()
        self.url = ""

    def fail(self, endpoint: str, kind: int | str, times: int = 1, *, after: bool = False) -> None:
        """Let an endpoint fail so many times; -1 is for ever."""
        self.faults[endpoint] = Fault(kind, times, after)

    def fault(self, endpoint: str) -> Fault | None:
        """The fault that the endpoint has now, counted down."""
        self.calls[endpoint] += 1
        found = self.faults.get(endpoint)
        if found is None or found.times == 0:
            return None
        found.times -= 1
        return found

    def repo(self, name: str) -> Repo:
        if name not in self.repos:
            raise Failure(404, "RepoNotFound", "Repository not found")
        return self.repos[name]

    def tree(self, name: str, revision: str) -> tuple[str, Tree]:
        repo = self.repo(name)
        sha = repo.resolve(unquote(revision))
        if sha is None:
            raise Failure(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return sha, repo.commits[sha]


def is_large(path: str) -> bool:
    return path.endswith((".parquet", ".png"))


def _entry(path: str, data: bytes) -> dict[str, Any]:
    oid = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
    entry: dict[str, Any] = {"type": "file", "path": path, "size": len(data), "oid": oid}
    if is_large(path):
        entry["lfs"] = {"oid": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 130}
    return entry


# -- what the endpoints do: each takes the hub, the match of its path, the query and the body, and returns JSON


Query = dict[str, list[str]]


def create(hub: Hub, _: re.Match[str], __: Query, body: bytes) -> Any:
    asked = json.loads(body)
    name = f"{asked['organization']}/{asked['name']}" if asked.get("organization") else asked["name"]
    answer = {"url": f"{hub.url}/datasets/{name}", "name": name, "id": name}
    if name in hub.repos:
        raise Failure(409, message=json.dumps(answer))
    repo = Repo(private=asked.get("visibility") == "private" or bool(asked.get("private")))
    repo.branches["main"] = repo.add({".gitattributes": b"*.parquet filter=lfs\n"}, "")
    hub.repos[name] = repo
    return answer


def yaml(_: Hub, __: re.Match[str], ___: Query, ____: bytes) -> Any:
    return {"errors": [], "warnings": []}


def preupload(hub: Hub, found: re.Match[str], _: Query, body: bytes) -> Any:
    hub.tree(found["repo"], found["rev"])
    return {
        "files": [
            {"path": f["path"], "uploadMode": "lfs" if is_large(f["path"]) else "regular", "shouldIgnore": False}
            for f in json.loads(body)["files"]
        ]
    }


def lfs_batch(hub: Hub, _: re.Match[str], __: Query, body: bytes) -> Any:
    objects = []
    for wanted in json.loads(body)["objects"]:
        entry = {"oid": wanted["oid"], "size": wanted["size"]}
        if wanted["oid"] not in hub.objects:
            entry["actions"] = {"upload": {"href": f"{hub.url}/lfs/{wanted['oid']}?signature=secret-of-storage"}}
        objects.append(entry)
    return {"transfer": "basic", "objects": objects}


def lfs_upload(hub: Hub, found: re.Match[str], _: Query, body: bytes) -> Any:
    if hashlib.sha256(body).hexdigest() != found["oid"]:
        raise Failure(400, message="checksum")
    hub.objects[found["oid"]] = body
    hub.uploads.append(found["oid"])
    return {}


def commit(hub: Hub, found: re.Match[str], query: Query, body: bytes) -> Any:
    repo = hub.repo(found["repo"])
    lines = [json.loads(line) for line in body.splitlines()]
    header = next(line["value"] for line in lines if line["key"] == "header")
    parent = header.get("parentCommit") or repo.head
    if parent != repo.head:
        raise Failure(412, message="A commit has happened since. Please refresh and try again.")
    tree = dict(repo.tree)
    for line in lines:
        value = line["value"]
        if line["key"] == "file":
            tree[value["path"]] = base64.b64decode(value["content"])
        elif line["key"] == "lfsFile":
            tree[value["path"]] = hub.objects[value["oid"]]
        elif line["key"] == "deletedFile":
            del tree[value["path"]]
    sha = repo.add(tree, parent)
    url = None
    if query.get("create_pr"):
        number = str(len(repo.pulls) + 1)
        repo.pulls[number] = sha
        url = f"{hub.url}/datasets/{found['repo']}/discussions/{number}"
    else:
        repo.branches["main"] = sha
    return {"commitUrl": f"{hub.url}/datasets/{found['repo']}/commit/{sha}", "commitOid": sha, "pullRequestUrl": url}


def tag(hub: Hub, found: re.Match[str], _: Query, body: bytes) -> Any:
    name = json.loads(body)["tag"]
    sha, _tree = hub.tree(found["repo"], found["rev"])
    repo = hub.repo(found["repo"])
    if name in repo.tags:
        raise Failure(409, message=f"Reference refs/tags/{name} exists already")
    repo.tags[name] = sha
    return {}


def refs(hub: Hub, found: re.Match[str], query: Query, _: bytes) -> Any:
    repo = hub.repo(found["repo"])

    def rows(kind: str, names: dict[str, str]) -> list[dict[str, str]]:
        return [{"name": n, "ref": f"refs/{kind}/{n}", "targetCommit": sha} for n, sha in names.items()]

    answer: dict[str, Any] = {"branches": rows("heads", repo.branches), "tags": rows("tags", repo.tags), "converts": []}
    if query.get("include_prs"):
        answer["pullRequests"] = rows("pr", repo.pulls)
    return answer


def info(hub: Hub, found: re.Match[str], _: Query, __: bytes) -> Any:
    sha, tree = hub.tree(found["repo"], found.groupdict().get("rev") or "main")
    repo = found["repo"]
    return {"id": repo, "sha": sha, "private": False, "siblings": [{"rfilename": path} for path in tree], "tags": []}


def tree(hub: Hub, found: re.Match[str], query: Query, _: bytes) -> Any:
    _sha, files = hub.tree(found["repo"], found["rev"])
    folder = unquote(found["path"] or "").strip("/")
    below = {path: data for path, data in files.items() if not folder or path.startswith(f"{folder}/")}
    if folder and not below:
        raise Failure(404, "EntryNotFound", "no such folder")
    deep = query.get("recursive", [""])[0].lower() == "true"
    rows: dict[str, Any] = {}
    for path, data in sorted(below.items()):
        rest = path[len(folder) + 1 :] if folder else path
        parts = rest.split("/")
        for depth in range(1, len(parts)):
            name = "/".join(filter(None, [folder, *parts[:depth]]))
            if deep or depth == 1:
                rows.setdefault(name, {"type": "directory", "path": name, "size": 0, "oid": "0" * 40})
        if deep or len(parts) == 1:
            rows[path] = _entry(path, data)
    return list(rows.values())


def paths_info(hub: Hub, found: re.Match[str], _: Query, body: bytes) -> Any:
    _sha, files = hub.tree(found["repo"], found["rev"])
    try:
        asked = json.loads(body)["paths"]
    except ValueError:
        asked = parse_qs(body.decode())["paths"]
    rows = []
    for path in asked if isinstance(asked, list) else [asked]:
        if path in files:
            rows.append(_entry(path, files[path]))
        elif any(name.startswith(f"{path}/") for name in files):
            rows.append({"type": "directory", "path": path, "size": 0, "oid": "0" * 40})
    return rows


Endpoint = Callable[[Hub, "re.Match[str]", Query, bytes], Any]

_REPO = r"(?P<repo>[^/]+/[^/]+)"
_REV = r"(?P<rev>[^/]+)"
ENDPOINTS: list[tuple[str, str, str, Endpoint | None]] = [
    ("create", "POST", r"/api/repos/create", create),
    ("yaml", "POST", r"/api/validate-yaml", yaml),
    ("preupload", "POST", rf"/api/datasets/{_REPO}/preupload/{_REV}", preupload),
    ("lfs_batch", "POST", rf"/datasets/{_REPO}\.git/info/lfs/objects/batch", lfs_batch),
    ("lfs_upload", "PUT", r"/lfs/(?P<oid>[0-9a-f]{64})", lfs_upload),
    ("commit", "POST", rf"/api/datasets/{_REPO}/commit/{_REV}", commit),
    ("tag", "POST", rf"/api/datasets/{_REPO}/tag/{_REV}", tag),
    ("refs", "GET", rf"/api/datasets/{_REPO}/refs", refs),
    ("tree", "GET", rf"/api/datasets/{_REPO}/tree/{_REV}(?P<path>/.*)?", tree),
    ("paths_info", "POST", rf"/api/datasets/{_REPO}/paths-info/{_REV}", paths_info),
    ("info", "GET", rf"/api/datasets/{_REPO}/revision/{_REV}", info),
    ("info", "GET", rf"/api/datasets/{_REPO}", info),
    ("resolve", "GET", rf"/datasets/{_REPO}/resolve/{_REV}/(?P<path>.+)", None),
]
"""Name, method, path and function; files are served by the handler itself."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PUT = do_HEAD = do_GET

    def _serve(self) -> None:
        body = self._body()
        parts = urlsplit(self.path)
        method = "GET" if self.command == "HEAD" else self.command
        meant = ((name, re.fullmatch(pattern, parts.path), do) for name, way, pattern, do in ENDPOINTS if way == method)
        name, found, endpoint = next((item for item in meant if item[1]), ("", None, None))
        if found is None:
            return self._answer(404, {"error": "no such endpoint"}, {"X-Error-Code": "EntryNotFound"})
        with self.hub.lock:
            fault = self.hub.fault(name)
            if fault is None or fault.after:
                try:
                    self._check_token(method, name)
                    answer = endpoint(self.hub, found, parse_qs(parts.query), body) if endpoint else self._file(found)
                except Failure as failure:
                    if fault is None:
                        return self._refuse(failure)
                    answer = None
        if fault is not None:
            return self._break(fault)
        return self._answer(200, answer) if endpoint else self._send_file(*answer)

    def _check_token(self, method: str, name: str) -> None:
        writes = method != "GET" and name not in ("paths_info", "lfs_upload")
        if writes and self.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise Failure(401, message="Invalid username or password.")

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _break(self, fault: Fault) -> None:
        if fault.kind == "cut":
            self.close_connection = True
            return
        if fault.kind == "timeout":
            time.sleep(0.7)  # longer than the client of the tests waits
            self.close_connection = True
            return
        assert isinstance(fault.kind, int)
        self._answer(fault.kind, {"error": f"planted {fault.kind}"}, {"Retry-After": fault.retry_after})

    def _refuse(self, failure: Failure) -> None:
        content = json.loads(failure.message) if failure.message.startswith("{") else {"error": failure.message}
        self._answer(failure.status, content, {"X-Error-Code": failure.code} if failure.code else {})

    def _answer(self, status: int, content: Any, headers: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(content).encode(), {"Content-Type": "application/json", **(headers or {})})

    def _file(self, found: re.Match[str]) -> tuple[str, str, bytes]:
        sha, files = self.hub.tree(found["repo"], found["rev"])
        path = unquote(found["path"])
        if path not in files:
            raise Failure(404, "EntryNotFound", "Entry not found")
        return sha, path, files[path]

    def _send_file(self, sha: str, path: str, data: bytes) -> None:
        headers = {"ETag": f'"{_entry(path, data)["oid"]}"', "X-Repo-Commit": sha, "Accept-Ranges": "bytes"}
        found = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
        if found is None:
            return self._send(200, data, headers)
        start, stop = int(found[1]), int(found[2] or len(data) - 1) + 1
        headers["Content-Range"] = f"bytes {start}-{min(stop, len(data)) - 1}/{len(data)}"
        return self._send(206, data[start:stop], headers)

    def _send(self, status: int, data: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)


@contextlib.contextmanager
def serving() -> Iterator[Hub]:
    """A running stand-in on a free port."""
    hub = Hub()
    handler = type("Handler", (_Handler,), {"hub": hub})

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """A client that hung up is what the tests are about."""

    server = Server(("127.0.0.1", 0), handler)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
