package dev.entente.faults.mutants;

import dev.entente.faults.check.ClientAnswer;
import dev.entente.faults.check.Rule;
import dev.entente.faults.check.Shape;
import dev.entente.faults.check.Shape.Pattern;
import dev.entente.faults.check.Standing;
import dev.entente.faults.check.TransactionReport;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Falsifies the records of coordinators and clients. */
final class RecordLies {
    private RecordLies() {}

    static final List<LedgerMutant> ALL = List.of(
            new LedgerMutant("accepted-is-gone", Rule.ACCEPTED_ENDS, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                it.change(shape, before -> TransactionReport.unknown(before.gid()));
            }),
            new LedgerMutant("accepted-never-ends", Rule.ACCEPTED_ENDS, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                it.change(shape, before -> Edits.standing(before, Standing.OPEN));
            }),
            new LedgerMutant("parked-for-no-reason", Rule.ACCEPTED_ENDS, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                it.change(shape, before -> Edits.parked(before, "TARGET_MISCONFIGURED"));
            }),
            new LedgerMutant("accepted-then-unknown", Rule.ANSWERS_STAND, it -> {
                Shape shape =
                        it.find(Pattern.SAGA, Standing.SUCCEEDED, one -> it.wasTold(one, ClientAnswer.What.ACCEPTED));
                it.add(new ClientAnswer(
                        shape.gid(), Long.MAX_VALUE - 1, Long.MAX_VALUE, ClientAnswer.What.SEEN, Standing.UNKNOWN));
            }),
            new LedgerMutant("refused-and-there", Rule.ANSWERS_STAND, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                it.add(new ClientAnswer(shape.gid(), 1, 2, ClientAnswer.What.REFUSED, Standing.UNKNOWN));
            }),
            new LedgerMutant("told-another-end", Rule.ANSWERS_STAND, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED, one -> it.wasTold(one, ClientAnswer.What.SEEN));
                it.changeTold(
                        told -> told.gid().equals(shape.gid())
                                && told.standing().isEnd(),
                        told -> new ClientAnswer(
                                told.gid(), told.askedAt(), told.answeredAt(), told.what(), Standing.ABORTED));
            }),
            new LedgerMutant("ended-then-open", Rule.ANSWERS_STAND, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED, one -> it.wasTold(one, ClientAnswer.What.SEEN));
                it.add(new ClientAnswer(
                        shape.gid(), Long.MAX_VALUE - 1, Long.MAX_VALUE, ClientAnswer.What.SEEN, Standing.OPEN));
            }),
            new LedgerMutant("a-commit-broken", Rule.ANSWERS_STAND, it -> {
                Shape shape = it.find(Pattern.INTERACTIVE, Standing.ABORTED);
                it.add(new ClientAnswer(shape.gid(), 1, 2, ClientAnswer.What.COMMITTED, Standing.OPEN));
            }),
            new LedgerMutant("an-abort-broken", Rule.ANSWERS_STAND, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                it.add(new ClientAnswer(shape.gid(), 1, 2, ClientAnswer.What.ABORTED, Standing.OPEN));
            }),
            new LedgerMutant("another-state-than-its-history", Rule.REPLAY, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                it.change(shape, before -> Edits.withState(before, "ABORTED"));
            }),
            new LedgerMutant("an-event-is-missing", Rule.REPLAY, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                it.rewrite(shape, history -> history.remove(1));
            }),
            new LedgerMutant("succeeded-and-nothing-did-it", Rule.REPLAY, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                it.forget(shape, entry -> entry.branch().equals("debit"));
            }),
            new LedgerMutant("something-after-the-end", Rule.REPLAY, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                it.rewrite(shape, history -> history.add(Edits.numbered(history.getLast(), history.size() + 1L)));
            }),
            new LedgerMutant("a-branch-otherwise", Rule.REPLAY, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                it.change(shape, before -> {
                    Map<String, String> branches = new HashMap<>(before.branches());
                    branches.put("debit", "UNDONE");
                    return Edits.withBranches(before, branches);
                });
            }),
            new LedgerMutant("an-attempt-skipped", Rule.REPLAY, it -> {
                Shape shape = it.find(Pattern.SAGA, Standing.SUCCEEDED);
                it.changeHistory(shape, entry -> entry.kind().equals("CALL_FINISHED"), Edits::later);
            }));
}
