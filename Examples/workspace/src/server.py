"""Answers every request with the state of the teapot."""

from http.server import BaseHTTPRequestHandler

PORT = 50
TIMEOUT = 75


class Teapot(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(418)
        self.end_headers()
        self.wfile.write(b"I'm a teapot\n")
