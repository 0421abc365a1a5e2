"""More rules as in mutant_table.py: of what people match, keep out, hold and read, and what handlers leave to them."""

from .mutant_table import TESTS, mutant

MATCH = f"{TESTS}test_match.py::TestMatch::"
STATES = f"{TESTS}test_states.py::TestStates::"
NAMES = "mfg_sync_mes/tests/test_names.py::TestNames::"
CAUSE = f"{TESTS}test_cause.py::TestCause::"

PEOPLE_MUTANTS = (
    mutant(
        "a match to what is gone makes room",
        "mfg_sync/models/binding.py",
        f"{MATCH}test_an_id_whose_record_was_deleted_can_be_matched_anew",
        ("        gone.unlink()\n", "        pass\n"),
    ),
    mutant(
        "a match that repetitions are known by is not deleted",
        "mfg_sync/models/binding.py",
        f"{NAMES}test_a_match_that_repetitions_are_known_by_stays",
        (
            "    def _unlink_except_told(self):\n        self._require_untold()\n",
            "    def _unlink_except_told(self):\n        pass\n",
        ),
    ),
    mutant(
        "a name that can't be looked up stops only its own messages",
        "homes.py",
        f"{NAMES}test_a_name_that_can_not_be_looked_up_stops_only_its_own_messages",
        ("    except Exception:\n", "    except errors.SyncError:\n"),
        ("from . import claim, release\n", "from . import claim, errors, release\n"),
    ),
    mutant(
        "what can't be matched now keeps what calls the document otherwise waiting",
        "homes.py",
        f"{NAMES}test_who_decides_about_a_message_of_an_order_keeps_no_other_order_waiting",
        (" and lane not in raced.values()]", "]"),
    ),
    mutant(
        "nothing passes a name for which there was no time",
        "homes.py",
        f"{NAMES}test_nothing_passes_a_name_for_which_there_was_no_time",
        (
            "        if position and time.monotonic() >= end:\n            rows = _before(chunk, rows, lane)\n",
            "        if position and time.monotonic() >= end:\n",
        ),
    ),
    mutant(
        "nothing passes a name that was not looked at yet",
        "chunk.py",
        f"{NAMES}test_nothing_passes_a_name_that_was_not_looked_at_yet",
        (", due, self.limit, self.until)", ", due, self.limit)"),
    ),
    mutant(
        "who holds several messages keeps nobody else's names waiting",
        "homes.py",
        f"{NAMES}test_who_decides_about_a_message_of_an_order_keeps_no_other_order_waiting",
        ("            end += time.monotonic() - looked\n", ""),
    ),
    mutant(
        "the number of a part is no id of theirs",
        "mfg_sync_mes/models/resolver.py",
        f"{NAMES}test_the_number_of_a_part_is_no_id_of_theirs",
        ('if names and record._name == "mrp.production":', "if False:"),
    ),
    mutant(
        "what was only tried is not known by its match",
        "twins.py",
        f"{NAMES}test_a_match_by_which_nothing_was_told_is_deleted",
        (" AND NOT m.no_effect AND NOT m.shadow", " AND NOT m.no_effect"),
    ),
    mutant(
        "what was removed is known by its match too",
        "retention.py",
        f"{NAMES}test_a_match_of_removed_messages_stays_whatever_they_opened",
        ("= (t.res_model, t.res_id, t.system_id)", "= (t.res_model, t.res_id, 0)"),
    ),
    mutant(
        "parts of a split order have one lane",
        "mfg_sync_mes/models/resolver.py",
        f"{NAMES}test_parts_of_a_split_order_are_one_document_whichever_is_named",
        ("return compat.family(orders[:1])[:1] if orders else orders", "return orders[:1]"),
    ),
    mutant(
        "who has an id of his own is told that one",
        "mfg_sync/models/resolver.py",
        f"{NAMES}test_who_has_an_id_of_his_own_is_told_that_one",
        ("                    own = [name for name in names if name not in ours]\n", ""),
    ),
    mutant(
        "what a code means is a decision for both companies where it moves",
        "mfg_sync/models/decision_setup.py",
        f"{TESTS}test_decision.py::TestDecision::test_a_code_that_moves_to_another_company_is_told_to_both",
        ('            entries.append({**entries[0], "company_id": self.company_id.id})\n', "            pass\n"),
    ),
    mutant(
        "what is filed under a connection keeps its company",
        "mfg_sync/models/endpoint_company.py",
        f"{TESTS}test_company.py::TestCompany::test_the_company_of_a_connection_is_fixed_by_what_is_filed_under_it",
        ('"mfg.sync.value.map", ', ""),
    ),
    mutant(
        "who has left is asked no more",
        "mfg_sync/models/task.py",
        f"{TESTS}test_people.py::TestPeople::"
        "test_who_has_left_or_works_elsewhere_is_asked_no_more_but_an_administrator_is",
        ("return user.active and not user.share and", "return True or"),
    ),
    mutant(
        "a quality hold is filed under the company of the lot",
        "mfg_sync/models/stock_lot.py",
        f"{TESTS}test_lot_hold.py::TestLotHold::test_a_hold_is_filed_under_the_company_of_the_lot_whoever_places_it",
        ("(lot.company_id or self.env.company).id", "self.env.company.id"),
    ),
    mutant(
        "a legal hold on a document is filed where its messages are",
        "mfg_sync/models/hold.py",
        f"{TESTS}test_hold.py::TestHold::test_a_hold_on_a_document_is_filed_where_its_messages_are",
        (" | hold.message_ids.company_id | owner)", " | hold.message_ids.company_id)"),
    ),
    mutant(
        "a state that was not taken makes no other one old",
        "chunk.py",
        f"{STATES}test_a_state_that_its_handler_did_not_take_makes_no_other_old",
        ("untaken=not result.taken", "untaken=False"),
    ),
    mutant(
        "nor where many are applied together",
        "group.py",
        f"{STATES}test_a_state_that_its_handler_did_not_take_makes_no_other_old",
        ('"untaken": not result.taken', '"untaken": False'),
    ),
    mutant(
        "nor does what repeats it",
        "repetition.py",
        f"{STATES}test_what_repeats_a_state_that_was_not_taken_makes_no_other_old_either",
        ('taken=not twin.get("is_untaken")', "taken=True"),
    ),
    mutant(
        "nor does what a person calls the same",
        "release.py",
        f"{STATES}test_what_a_person_calls_the_same_as_one_that_was_not_taken_makes_no_other_old_either",
        ("if repetition.repeats_untaken(cr, row)]", "if False]"),
    ),
    mutant(
        "what a person calls the same is compared with what was done",
        "repetition.py",
        f"{STATES}test_what_a_person_calls_the_same_as_one_that_was_not_taken_makes_no_other_old_either",
        ('"business_key", finished=True)', '"business_key")'),
    ),
    mutant(
        "of what several fit none is made",
        "mfg_sync_mes/handlers/production.py",
        "mfg_sync_mes/tests/test_serials.py::TestSerials::"
        "test_a_serial_that_several_fit_is_asked_about_and_none_is_made",
        ("            except ReferenceAmbiguous:\n", "            except ZeroDivisionError:\n"),
    ),
    mutant(
        "a kind that is retired is not told any more",
        "mfg_sync/models/flow.py",
        "mfg_sync_edi/tests/test_invoice.py::TestInvoice::"
        "test_a_kind_that_is_retired_lets_go_what_waits_and_tells_nothing_new",
        ('"live": flow.type_id._is_live()', '"live": True'),
    ),
    mutant(
        "what was noted before its kind was retired is told",
        "mfg_sync/models/flow.py",
        "mfg_sync_edi/tests/test_invoice.py::TestInvoice::"
        "test_a_kind_that_is_retired_lets_go_what_waits_and_tells_nothing_new",
        (
            "    def _watch(self):\n",
            "    def _outbound(self):\n"
            '        return {key: flow for key, flow in self._on().items() if flow["live"]}\n\n'
            "    @api.model\n    def _watch(self):\n",
        ),
        (
            '    def _outbound(self):\n        """``{id: {id, kind',
            '    def _on(self):\n        """``{id: {id, kind',
        ),
    ),
    mutant(
        "a run goes on to its end when its kind is retired",
        "runs.py",
        f"{TESTS}test_schedule.py::TestSchedule::"
        "test_a_run_goes_on_to_its_end_when_its_kind_is_retired_and_none_begins_after_it",
        (
            'for flow in env["mfg.sync.flow"]._outbound().values()',
            'for flow in env["mfg.sync.flow"]._outbound().values() if flow["live"]',
        ),
    ),
    mutant(
        "no run begins of a kind that is retired",
        "runs.py",
        f"{TESTS}test_schedule.py::TestSchedule::"
        "test_a_run_goes_on_to_its_end_when_its_kind_is_retired_and_none_begins_after_it",
        ("    if not flow.type_id._is_live():\n", "    if not flow.type_id._is_served():\n"),
    ),
    mutant(
        "who names no version is not moved to another one",
        "accept.py",
        f"{TESTS}test_kind.py::TestKind::test_who_names_no_version_is_not_moved_to_one_that_is_tried_or_comes_later",
        ('(pair[1]["mode"] != "live", pair[0]["version"])', 'pair[0]["state"] != "active"'),
    ),
    mutant(
        "an interchange with what is retired waits as a whole",
        "parts.py",
        "mfg_sync_edi/tests/test_interchange.py::TestInterchange::"
        "test_an_interchange_with_what_is_retired_waits_as_a_whole",
        ("    except accept.Unknown:\n", "    except (accept.Unknown, accept.NotLive):\n"),
    ),
    mutant(
        "what an archived system has told is matched for that system",
        "mfg_sync/models/binding.py",
        f"{MATCH}test_what_an_archived_system_has_told_is_matched_for_that_system",
        (
            "        if self.system_id.endpoint_id != self.endpoint_id:\n",
            "        if self.system_id not in self.endpoint_id.system_ids:\n",
        ),
    ),
    mutant(
        "what came before its kind was retired is applied",
        "chunk.py",
        f"{TESTS}test_kind.py::TestKind::test_what_came_before_its_kind_was_retired_is_applied_and_nothing_comes_after",
        (
            '        return self.env["mfg.sync.message.type"]._served()\n',
            '        live = self.env["mfg.sync.message.type"]._catalog().values()\n'
            '        return {kind["id"]: kind for versions in live for kind in versions}\n',
        ),
    ),
    mutant(
        "what can not be encoded is not sent as it is",
        "mfg_sync/models/capture_rendering.py",
        "mfg_sync_edi/tests/test_invoice.py::TestInvoice::"
        "test_what_its_addon_can_not_encode_any_more_is_not_sent_as_it_is",
        ("            # as it is it may be no document yet that the other side can read\n", "            return row\n"),
    ),
    mutant(
        "what a person cancelled is not shown as told",
        "documents.py",
        "mfg_sync_mes/tests/test_release.py::TestRelease::"
        "test_an_order_whose_release_was_cancelled_says_that_it_was_not_told",
        ("""m.direction = 'out' AND m.state = 'cancelled' AND EXISTS""", """false AND EXISTS"""),
    ),
    mutant(
        "what was told since is shown as told",
        "documents.py",
        "mfg_sync_mes/tests/test_release.py::TestRelease::"
        "test_an_order_whose_release_was_cancelled_says_that_it_was_not_told",
        ("AND n.direction = 'out' AND n.id > m.id AND n.state <> 'cancelled'", "AND false"),
    ),
    mutant(
        "what waited for a try of the other way goes the new way at once",
        "mfg_sync/models/endpoint_line.py",
        f"{TESTS}test_outbox.py::TestOutbox::test_what_waited_for_a_try_of_the_other_way_can_be_fetched_at_once",
        ("            release.another_way(self.env.cr, another.ids)\n", "            pass\n"),
    ),
    mutant(
        "items are told when what they show is renamed",
        "mfg_sync/models/shown.py",
        f"{TESTS}test_shown.py::TestShown::test_items_are_told_when_what_they_show_is_renamed",
        (
            "            for name in names:\n                changed",
            "            for name in ():\n                changed",
        ),
    ),
    mutant(
        "what stands for one reason is one line",
        "mfg_sync/models/cause.py",
        f"{CAUSE}test_sentences_that_differ_in_numbers_only_are_one_line_and_replayed_together",
        ("'{_NUMBER}', '…', 'g')", "'{_NUMBER}', '…')"),
    ),
    mutant(
        "what a line opens is what it counts",
        "mfg_sync/models/cause.py",
        f"{CAUSE}test_a_longer_sentence_is_another_line_and_opened_apart",
        ("if messages.search_count(domain) == self.message_count:", "if True:"),
    ),
    mutant(
        "who makes it live is kept",
        "mfg_sync/models/decision_setup.py",
        f"{TESTS}test_flow_mode.py::TestFlowMode::test_who_makes_it_live_reads_what_was_tried_and_it_is_kept",
        ('        self._log_modes(turned, vals.get("mode"), reason)\n', ""),
    ),
    mutant(
        "only what was tried since it is in shadow counts",
        "mfg_sync/models/flow_mode.py",
        f"{TESTS}test_flow_mode.py::TestFlowMode::test_only_what_was_tried_since_it_is_in_shadow_counts",
        (" AND (m.received >= %s OR m.done_at >= %s)", " AND (%s IS NULL OR %s IS NOT NULL)"),
    ),
)
