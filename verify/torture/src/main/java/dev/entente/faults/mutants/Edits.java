package dev.entente.faults.mutants;

import dev.entente.faults.check.LedgerCall;
import dev.entente.faults.check.LedgerEffect;
import dev.entente.faults.check.Standing;
import dev.entente.faults.check.TransactionReport;
import dev.entente.faults.check.TransactionReport.Entry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Copies of pieces of evidence that differ in one thing. */
final class Edits {
    private Edits() {}

    private static TransactionReport changed(
            TransactionReport before, Standing standing, String state, String because, Map<String, String> branches) {
        return new TransactionReport(
                before.gid(), standing, state, because, before.isForced(), branches, before.history());
    }

    /** That dossier, standing otherwise. */
    static TransactionReport standing(TransactionReport before, Standing standing) {
        return changed(before, standing, before.state(), before.parkedBecause(), before.branches());
    }

    /** That dossier, parked. */
    static TransactionReport parked(TransactionReport before, String because) {
        return changed(before, Standing.PARKED, before.state(), because, before.branches());
    }

    static TransactionReport withState(TransactionReport before, String state) {
        return changed(before, before.standing(), state, before.parkedBecause(), before.branches());
    }

    static TransactionReport withBranches(TransactionReport before, Map<String, String> branches) {
        return changed(before, before.standing(), before.state(), before.parkedBecause(), branches);
    }

    static TransactionReport withHistory(TransactionReport before, List<Entry> history) {
        return new TransactionReport(
                before.gid(),
                before.standing(),
                before.state(),
                before.parkedBecause(),
                before.isForced(),
                before.branches(),
                history);
    }

    /** Numbered anew. */
    static List<Entry> without(List<Entry> history, Predicate<Entry> which) {
        List<Entry> kept = new ArrayList<>();
        for (Entry entry : history) {
            if (!which.test(entry)) {
                kept.add(numbered(entry, kept.size() + 1));
            }
        }
        return kept;
    }

    private static Entry changed(Entry entry, long revision, long at, String kind, int attempt) {
        return new Entry(revision, at, kind, entry.branch(), entry.op(), attempt, entry.outcome(), entry.stateAfter());
    }

    static Entry numbered(Entry entry, long revision) {
        return changed(entry, revision, entry.at(), entry.kind(), entry.attempt());
    }

    private static LedgerEffect changed(LedgerEffect effect, long number, long fence, long cents, String receipt) {
        return new LedgerEffect(
                effect.ledger(),
                number,
                effect.at(),
                effect.gid(),
                effect.branch(),
                effect.op(),
                effect.attempt(),
                fence,
                cents,
                receipt);
    }

    private static LedgerEffect moved(LedgerEffect effect, long number, long at, String op) {
        return new LedgerEffect(
                effect.ledger(),
                number,
                at,
                effect.gid(),
                effect.branch(),
                op,
                effect.attempt(),
                effect.fence(),
                effect.cents(),
                effect.receipt());
    }

    static LedgerEffect as(LedgerEffect effect, String op, long later) {
        return moved(effect, effect.number() + later, effect.at() + later, op);
    }

    static LedgerEffect numbered(LedgerEffect effect, long number) {
        return changed(effect, number, effect.fence(), effect.cents(), effect.receipt());
    }

    static LedgerEffect fenced(LedgerEffect effect, long fence) {
        return changed(effect, effect.number(), fence, effect.cents(), effect.receipt());
    }

    static LedgerEffect worth(LedgerEffect effect, long cents) {
        return changed(effect, effect.number(), effect.fence(), cents, effect.receipt());
    }

    static LedgerEffect receipt(LedgerEffect effect, String receipt) {
        return changed(effect, effect.number(), effect.fence(), effect.cents(), receipt);
    }

    private static LedgerCall changed(LedgerCall call, long at, String op, String caller, String receipt) {
        return new LedgerCall(
                call.ledger(),
                at,
                call.gid(),
                call.branch(),
                op,
                call.attempt(),
                call.fence(),
                caller,
                call.isFromTheDead(),
                receipt);
    }

    static LedgerCall as(LedgerCall call, String op) {
        return changed(call, call.at(), op, call.caller(), call.receipt());
    }

    static LedgerCall at(LedgerCall call, long at) {
        return changed(call, at, call.op(), call.caller(), call.receipt());
    }

    static LedgerCall carrying(LedgerCall call, String receipt) {
        return changed(call, call.at(), call.op(), call.caller(), receipt);
    }

    static LedgerCall by(LedgerCall call, String caller) {
        return changed(call, call.at(), call.op(), caller, call.receipt());
    }

    static LedgerEffect at(LedgerEffect effect, long at) {
        return moved(effect, effect.number(), at, effect.op());
    }

    static Entry at(Entry entry, long at) {
        return changed(entry, entry.revision(), at, entry.kind(), entry.attempt());
    }

    static Entry later(Entry entry) {
        return changed(entry, entry.revision(), entry.at(), entry.kind(), entry.attempt() + 1);
    }

    static Entry outcome(Entry entry, String outcome) {
        return new Entry(
                entry.revision(),
                entry.at(),
                entry.kind(),
                entry.branch(),
                entry.op(),
                entry.attempt(),
                outcome,
                entry.stateAfter());
    }

    static Entry kind(Entry entry, String kind) {
        return changed(entry, entry.revision(), entry.at(), kind, entry.attempt());
    }
}
