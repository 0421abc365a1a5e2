import socket
from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..engine import netguard, transport
from ..engine.errors import PermanentError, TransientError
from .common import SyncCase

PUBLIC = "93.184.216.34"
ALWAYS_REFUSED = ["169.254.169.254", "169.254.1.1", "fe80::1", "fd00:ec2::254", "::ffff:169.254.169.254",
                  "64:ff9b::a9fe:a9fe", "100.100.100.200", "0.0.0.0", "224.0.0.1", "::"]  # fmt: skip
OWN_PLANT_ONLY = ["127.0.0.1", "::1", "10.0.0.5", "192.168.1.1", "172.16.0.1", "fd12::1", "::ffff:10.0.0.5",
                  "2002:7f00:1::", "64:ff9b::7f00:1", "100.64.0.1"]  # fmt: skip


@tagged("post_install", "-at_install", "mfg_sync")
class TestNetguard(SyncCase):
    def resolve(self, *addresses, in_plant=False):
        """What a name with these addresses leads to."""
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]
        with patch.object(socket, "getaddrinfo", return_value=found):
            return netguard.resolve("partner.example", 443, in_plant=in_plant)

    def test_credentials_of_clouds_are_out_of_reach_also_in_the_plant(self):
        for address in ALWAYS_REFUSED:
            for in_plant in (False, True):
                with self.subTest(address), self.assertRaises(PermanentError):
                    self.resolve(address, in_plant=in_plant)

    def test_private_addresses_need_the_mark_of_the_own_plant(self):
        for address in OWN_PLANT_ONLY:
            with self.subTest(address), self.assertRaises(PermanentError):
                self.resolve(address)
        for address in ("127.0.0.1", "::1", "10.0.0.5", "fd12::1"):
            self.assertEqual(self.resolve(address, in_plant=True), address)

    def test_the_connection_goes_to_an_address_that_was_checked(self):
        self.assertEqual(self.resolve("10.0.0.5", PUBLIC), PUBLIC)
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (PUBLIC, 443))]
        with patch.object(socket, "getaddrinfo", return_value=found) as asked:
            line = transport.Line(
                {
                    "url": "https://partner.example/in?a=1",
                    "in_plant": False,
                    "ca_bundle": None,
                    "connect_timeout": 1,
                    "read_timeout": 1,
                }
            )
            self.assertEqual(line.url, f"https://{PUBLIC}:443/in?a=1")
            self.assertEqual(line.host_header, "partner.example")
            self.assertEqual(asked.call_count, 1)

    def test_a_name_that_does_not_resolve_is_tried_again(self):
        with patch.object(socket, "getaddrinfo", side_effect=socket.gaierror), self.assertRaises(TransientError):
            netguard.resolve("partner.example", 443)

    def test_addresses_that_are_none_are_refused_where_they_are_entered(self):
        endpoint = self.make_endpoint(in_plant=False)
        for url in (
            "http://partner.example/",
            "ftp://partner.example/",
            "partner.example",
            "https:///x",
            "https://user:pass@partner.example/",
            "https://partner.example/#x",
            "https://partner.example:99999/",
        ):
            with self.subTest(url), self.assertRaises(ValidationError):
                endpoint.url = url
        endpoint.url = "https://partner.example/in"
        endpoint.write({"in_plant": True, "url": "http://10.0.0.5:8080/in"})
