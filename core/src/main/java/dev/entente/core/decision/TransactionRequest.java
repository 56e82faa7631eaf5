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

/** A request by a client or an operator about one transaction. The answer is sent after the result is durable. */
public sealed interface TransactionRequest {
    /** The most characters of a reason, which is stored in the row's history and in the audit. */
    int MAX_REASON = 1000;

    /** Returns the refusal of a request that the transaction's state does not allow. */
    static Refusal impossible(String why) {
        return Refusal.of(ErrorCode.ACT_IMPOSSIBLE, why);
    }

    /**
     * Returns whether the request overtakes deferred requests. A registration overtakes them, because the calls that
     * block them may wait for the new branch. A park overtakes them, because its mark takes effect at once.
     */
    default boolean overtakesDeferred() {
        return this instanceof Register || this instanceof Park;
    }

    /** Returns the required revision of the transaction, or 0 for any revision. */
    default long ifRevision() {
        return 0;
    }

    /** A client's commit of a BEGUN transaction: these branches were tried successfully and are to be completed. */
    record Commit(Set<String> branches, Map<String, ByteString> responses) implements TransactionRequest {}

    /** A request to undo everything, if undo is still possible. */
    record Abort(String reason, String actor, boolean byOperator, long ifRevision) implements TransactionRequest {}

    /**
     * One more branch: nested under a parent with an unanswered try, or in a BEGUN transaction.
     *
     * @param encoded the branch as a serialized plan, to be appended
     */
    record Register(Branch branch, ByteString encoded) implements TransactionRequest {}

    /** An operator action, which is audited. */
    sealed interface Operate extends TransactionRequest {
        String actor();

        String reason();

        /** Returns the action's name in the audit. */
        String name();
    }

    /** Makes waiting calls due now and restarts the attempts of every stuck branch. */
    record Retry(String actor, String reason, long ifRevision) implements Operate {
        @Override
        public String name() {
            return "retry";
        }
    }

    /** Prevents new calls from leaving; the answers of calls in flight are recorded. */
    record Park(String actor, String reason, long ifRevision) implements Operate {
        @Override
        public String name() {
            return "park";
        }
    }

    /** Keeps the counted attempts of stuck branches and allows one more attempt. */
    record Resume(String actor, String reason, long ifRevision) implements Operate {
        @Override
        public String name() {
            return "resume";
        }
    }

    /**
     * Answers an approval. The decider checks the approver's permission against the plan.
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
     * States the true result of one operation.
     *
     * @param branch its id
     * @param response of the forward operation if the truth is DONE; otherwise null
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

    /** Drops stuck deliveries, which no longer wait for an answer. */
    record Skip(String actor, String reason, long ifRevision) implements Operate {
        @Override
        public String name() {
            return "skip";
        }
    }

    /**
     * Drops all open deliveries to a removed subscriber. If no delivery to the subscriber is open, and that state is
     * durable, the answer is ENT-040.
     *
     * @param waits whether to wait for a call in flight; otherwise the answer is ENT-055 at once
     */
    record Drop(String topic, String subscriber, boolean waits, String actor, String reason) implements Operate {
        /** Returns the indexes of the message's branches that are still open for the subscriber. */
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

        /** Returns ENT-040. */
        public Refusal nothing() {
            return Refusal.of(
                    ErrorCode.DECIDED, "there is no open delivery to '" + subscriber + "' of '" + topic + "'");
        }

        private static boolean isOpen(BranchProgress branch) {
            return !branch.state().isSettled() && branch.state() != BranchState.DONE;
        }

        @Override
        public String name() {
            return "drop";
        }
    }

    /** Finishes the transaction at once and marks it as forced for ever. */
    record ForceFinish(TransactionState as, String actor, String reason, long ifRevision) implements Operate {
        @Override
        public String name() {
            return "force-finish";
        }
    }
}
