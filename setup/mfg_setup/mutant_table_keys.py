"""More rules as in mutant_table.py: from where a connection is called, and what its service user may do."""

from .mutant_table import TESTS, mutant

ADDRESSES = f"{TESTS}test_addresses.py::TestAddresses::"
HTTP = f"{TESTS}test_addresses.py::TestAddressesOverHttp::"
RIGHTS = f"{TESTS}test_rights.py::TestRights::"
NETWORKS = "mfg_sync/protocol/networks.py"

KEYS_MUTANTS = (
    mutant(
        "a connection is called from listed addresses only",
        "callers.py",
        f"{ADDRESSES}test_a_stolen_key_is_of_no_use_elsewhere",
        ('if networks.allows(endpoint["allowed_from"], remote):', "if True:"),
    ),
    mutant(
        "every way in looks from where it is called",
        "gate.py",
        f"{HTTP}test_no_way_in_is_open_to_an_address_that_is_not_listed",
        ("        callers.check(endpoint, self.remote)\n", ""),
    ),
    mutant(
        "a listed address is let in over HTTP",
        "mfg_sync/controllers/events.py",
        f"{HTTP}test_no_way_in_is_open_to_an_address_that_is_not_listed",
        ("Gate(own_cr, limits, events, request.httprequest.remote_addr)", "Gate(own_cr, limits, events)"),
    ),
    mutant(
        "what a request says of its address counts for nothing",
        "mfg_sync/controllers/events.py",
        f"{HTTP}test_what_a_request_says_of_its_address_counts_only_where_a_proxy_is_trusted",
        (
            "events, request.httprequest.remote_addr)",
            'events, headers.get("x-real-ip") or request.httprequest.remote_addr)',
        ),
    ),
    mutant(
        "a stranger learns nothing of who may call",
        "gate.py",
        f"{ADDRESSES}test_a_stranger_learns_nothing_of_the_list",
        (
            "        secrets = [_decrypt(",
            "        callers.check(endpoint, self.remote)\n        secrets = [_decrypt(",
        ),
    ),
    mutant(
        "IPv4 is IPv4 also where the server hears IPv6",
        NETWORKS,
        f"{ADDRESSES}test_an_address_of_ipv4_counts_as_such_however_the_server_hears_it",
        ('    asked = getattr(asked, "ipv4_mapped", None) or asked\n', ""),
    ),
    mutant(
        "IPv4 is IPv4 also where it is listed as IPv6",
        NETWORKS,
        f"{ADDRESSES}test_a_stolen_key_is_of_no_use_elsewhere",
        ("if network.version == 6 and network.subnet_of(MAPPED):", "if False:"),
    ),
    mutant(
        "nothing but the name of a network card is cut off an address",
        NETWORKS,
        f"{HTTP}test_what_a_request_says_of_its_address_counts_only_where_a_proxy_is_trusted",
        ('    if percent and not (":" in bare and ZONE.fullmatch(zone)):\n', "    if False:\n"),
    ),
    mutant(
        "a list that can't be read lets nobody in",
        NETWORKS,
        f"{ADDRESSES}test_a_list_that_nobody_could_have_saved_lets_nobody_in",
        ("        return False\n", "        return True\n"),
    ),
    mutant(
        "who calls from no address is on no list",
        NETWORKS,
        f"{ADDRESSES}test_who_calls_from_no_address_is_on_no_list",
        ("        return False\n", "        return True\n"),
    ),
    mutant(
        "an address with the size of a network is not rounded down",
        NETWORKS,
        f"{ADDRESSES}test_a_network_with_an_address_in_it_is_refused_with_both_that_it_may_mean",
        ("        ipaddress.ip_network(entry)\n", "        pass\n"),
    ),
    mutant(
        "a mask that may mean two things is refused",
        NETWORKS,
        f"{ADDRESSES}test_what_is_no_address_is_refused_by_name",
        (" or slash and not (bits.isascii() and bits.isdigit())", ""),
    ),
    mutant(
        "from where it may be called is a decision",
        "mfg_sync/models/decision_setup.py",
        f"{ADDRESSES}test_from_where_it_may_be_called_is_a_decision_of_an_administrator",
        ("            if was != endpoint._callers_spoken():\n", "            if False:\n"),
    ),
    mutant(
        "a group that the service user lacks is named",
        "rights_checks.py",
        f"{RIGHTS}test_a_group_that_somebody_took_away_is_named_with_the_kind_that_needs_it",
        ("        if groups:\n", "        if False:\n"),
    ),
    mutant(
        "a right that the service user lacks is named",
        "rights_checks.py",
        f"{RIGHTS}test_a_right_that_somebody_took_from_the_group_is_named",
        ("        if lacking:\n", "        if False:\n"),
    ),
    mutant(
        "it is the service user's rights that are looked at",
        "rights_checks.py",
        f"{RIGHTS}test_who_has_all_is_told_so",
        ('users = self.env["res.users"].with_user(self.user)', 'users = self.env["res.users"]'),
    ),
    mutant(
        "what is switched off needs no rights",
        "rights_checks.py",
        f"{RIGHTS}test_what_is_switched_off_needs_nothing",
        ('self.endpoint.flow_ids.filtered(lambda flow: flow.mode != "off").type_id', "self.endpoint.flow_ids.type_id"),
    ),
)
