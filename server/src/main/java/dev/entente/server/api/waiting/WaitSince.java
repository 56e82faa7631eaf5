package dev.entente.server.api.waiting;

import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.History;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Role;
import dev.entente.server.engine.Snapshot;
import java.time.Instant;

/** Finds the start of a wait in a history. Attempts without success do not change the start. */
record WaitSince(Plan plan, int index, Role role) {
    /** Returns the earliest time at which the branch's current operation could be sent. */
    static Instant ofBranch(Snapshot snapshot, int index) {
        Role role = snapshot.progress().branch(index).role();
        WaitSince since = new WaitSince(snapshot.plan(), index, role);
        for (History at = snapshot.progress().history(); at != null; at = at.earlier()) {
            HistoryEvent event = at.last();
            if (event != null && since.isSetGoingBy(event.fact())) {
                return event.time();
            }
        }
        return snapshot.createdAt();
    }

    /** Returns the time of the last event. */
    static Instant ofAll(Snapshot snapshot) {
        HistoryEvent last = snapshot.progress().history().last();
        return last == null ? snapshot.createdAt() : last.time();
    }

    private boolean isSetGoingBy(Fact fact) {
        return switch (fact) {
            case Fact.Accepted _, Fact.Started _, Fact.Decided _, Fact.Unparked _, Fact.Retried _, Fact.Resumed _ ->
                true;
            case Fact.Adopted _, Fact.Parked _, Fact.Finished _, Fact.PivotCalled _ -> false;
            case Fact.Called _,
                    Fact.Registered _,
                    Fact.Resolved _,
                    Fact.ApprovalAsked _,
                    Fact.ApprovalDecided _,
                    Fact.ApprovalExpired _,
                    Fact.Dropped _ -> isSetGoingBy((Fact.OfBranch) fact);
        };
    }

    private boolean isSetGoingBy(Fact.OfBranch fact) {
        boolean isAttempt = fact instanceof Fact.Called called && called.outcome() != Outcome.SUCCEEDED;
        if (fact.branch() == index) {
            return !isAttempt || fact.role() != role;
        }
        Branch other = plan.branches().get(fact.branch());
        boolean isBefore =
                role != Role.FORWARD || plan.branches().get(index).after().contains(other.id());
        return isBefore && !isAttempt && fact.role() == role;
    }
}
