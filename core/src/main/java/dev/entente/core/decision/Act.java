package dev.entente.core.decision;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Fact.Truth;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A request from outside that concerns one transaction. Answered when its consequence is durable. */
public sealed interface Act {
    /** The most characters of a reason: it is stored in the row's history and in the audit. */
    int MAX_REASON = 1000;

    /** Returns the refusal of an act that the transaction's state does not allow. */
    static Refusal impossible(String why) {
        return Refusal.of(ErrorCode.ACT_IMPOSSIBLE, why);
    }

    /**
     * Tells whether it overtakes acts that are put off. A branch that joins does, for the call that those await may
     * wait for it; so does a park, which is a mark at once.
     */
    default boolean passesOthers() {
        return this instanceof Register || this instanceof Park;
    }

    /** Returns the history's size at which alone it may be done, or 0 for any. */
    default long ifRevision() {
        return 0;
    }

    /** The client of a BEGUN transaction: these branches were tried with success, complete them. */
    record Commit(Set<String> branches, Map<String, ByteString> responses) implements Act {}

    /** Undo everything, if that is still possible. */
    record Abort(String reason, String actor, boolean byOperator, long ifRevision) implements Act {}

    /**
     * One more branch, nested under a parent whose try is unanswered, or in a BEGUN transaction.
     *
     * @param encoded the same as a serialized plan, to be appended
     */
    record Register(Branch branch, ByteString encoded) implements Act {}

    /** An operator's act: audited. */
    sealed interface Operate extends Act {
        String actor();

        String reason();

        /** The act's name in the audit. */
        String name();
    }

    /** Due now; attempts of every stuck branch start anew. */
    record Retry(String actor, String reason, long ifRevision) implements Operate {
        @Override
        public String name() {
            return "retry";
        }
    }

    /** No new call leaves from now on; the answers of those in flight are recorded. */
    record Park(String actor, String reason, long ifRevision) implements Operate {
        @Override
        public String name() {
            return "park";
        }
    }

    /** Attempts are kept, one more is allowed. */
    record Resume(String actor, String reason, long ifRevision) implements Operate {
        @Override
        public String name() {
            return "resume";
        }
    }

    /**
     * Somebody answers an approval. Whether this one may is asked with the plan in hand.
     *
     * @param branch its id
     */
    record DecideApproval(String branch, boolean approved, String actor, String reason, long ifRevision)
            implements Operate {
        @Override
        public String name() {
            return approved ? "approve" : "reject";
        }
    }

    /**
     * The operator states what really happened to one operation.
     *
     * @param branch its id
     * @param response the forward operation's, where the truth is DONE; else null
     */
    record Resolve(
            String branch,
            Role role,
            Truth truth,
            @Nullable ByteString response,
            String actor,
            String reason,
            long ifRevision)
            implements Operate {
        @Override
        public String name() {
            return "resolve";
        }
    }

    /** Deliveries that operators have no answer from any more are given up: those that are stuck. */
    record Skip(String actor, String reason, long ifRevision) implements Operate {
        @Override
        public String name() {
            return "skip";
        }
    }

    /**
     * A subscriber has gone: nothing is delivered to it any more. Where nothing is on its way to it, durably, that is
     * ENT-040.
     *
     * @param waits whether a call that is under way is awaited; else it is ENT-055 at once
     */
    record Drop(String topic, String subscriber, boolean waits, String actor, String reason) implements Operate {
        /** Returns the indexes of the message's branches that are still to be delivered to the subscriber. */
        public List<Integer> openIn(Plan plan, Progress progress) {
            List<Integer> open = new ArrayList<>();
            plan.terms().topics().forEach((delivery, published) -> {
                int index = published.equals(topic) ? plan.indexOf(delivery + "." + subscriber) : -1;
                if (index >= 0 && isOpen(progress.branch(index))) {
                    open.add(index);
                }
            });
            return open;
        }

        /** ENT-040. */
        public Refusal nothing() {
            return Refusal.of(
                    ErrorCode.DECIDED, "nothing of it is on its way to '" + subscriber + "' of '" + topic + "'");
        }

        private static boolean isOpen(BranchProgress branch) {
            return !branch.state().isSettled() && branch.state() != BranchState.DONE;
        }

        @Override
        public String name() {
            return "drop";
        }
    }

    /** Terminal at once, for ever marked as forced. */
    record ForceFinish(TransactionState as, String actor, String reason, long ifRevision) implements Operate {
        @Override
        public String name() {
            return "force-finish";
        }
    }
}
