"""A balancer in front of two nodes: each connection goes to the node that has fewer open.

    python -m bench.balancer PORT TARGET_PORT…

For the job runner's requests, as a plant's nginx or HAProxy would stand there (docs/scaling.md).
"""

import socket
import sys
import threading

lock, busy = threading.Lock(), {}


def main():
    port, *targets = map(int, sys.argv[1:])
    busy.update(dict.fromkeys(targets, 0))
    server = socket.create_server(("127.0.0.1", port), backlog=128)
    print(port, flush=True)
    while True:
        client, _address = server.accept()
        threading.Thread(target=serve, args=[client], daemon=True).start()


def serve(client):
    with lock:
        target = min(busy, key=busy.get)
        busy[target] += 1
    try:
        node = socket.create_connection(("127.0.0.1", target))
        threading.Thread(target=pipe, args=[client, node], daemon=True).start()
        # the runner hangs up after a second; the node is busy until its job has ended
        pipe(node, client, until_end=True)
        client.close()
        node.close()
    except OSError:
        client.close()
    finally:
        with lock:
            busy[target] -= 1


def pipe(source, target, until_end=False):
    while True:
        try:
            data = source.recv(65536)
        except OSError:
            return
        if not data:
            return
        try:
            target.sendall(data)
        except OSError:
            if not until_end:
                return


if __name__ == "__main__":
    main()
