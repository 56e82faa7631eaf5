package dev.entente.server.console;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import dev.entente.core.transaction.VisibleText;
import dev.entente.server.console.part.ApiResult;
import dev.entente.server.console.part.Texts;
import dev.entente.v1.Approval;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.HistoryEvent;
import dev.entente.v1.SagaStep;
import dev.entente.v1.Transaction;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The open approvals, oldest transaction first.
 *
 * @param next the link to the next page; empty for none
 */
public record ApprovalsPage(ApiResult<List<Question>> questions, String next) {
    /** The number of transactions on a page. A separate request reads each transaction's plan. */
    static final int SIZE = 20;

    private static final int MAX_OF_ONE = 8;
    private static final int MAX_STOPS = 24;

    /**
     * One approval.
     *
     * @param title the plan's prompt; the branch if the prompt is missing or unknown
     * @param stops the branches in the plan's order; for a long plan the first branches and the approval itself
     * @param more the number of branches that are not listed
     * @param acts links to the possible answers; empty if the user may not answer
     * @param refusal the reason why the user may not answer; empty if the user may answer
     * @param error the reason why the plan is not available; empty if the plan is available
     */
    public record Question(
            String title,
            Transaction transaction,
            String branch,
            List<BranchStatus> stops,
            int more,
            List<TransactionFact> facts,
            List<Frame.Link> acts,
            String refusal,
            String error) {}

    /**
     * @param row from the list
     * @param found with its plan and its history
     */
    static Stream<Question> questions(Transaction row, ApiResult<Transaction> found, Frame frame) {
        Transaction transaction = found.value() == null ? row : found.value();
        return transaction.getBranchesList().stream()
                .filter(branch -> branch.getState() == BranchStatus.State.AWAITING_APPROVAL)
                .limit(MAX_OF_ONE)
                .map(branch -> question(transaction, branch, found.error(), frame));
    }

    private static Question question(Transaction transaction, BranchStatus branch, String error, Frame frame) {
        Approval approval = approval(transaction, branch.getId());
        String submitter = HistoryPage.events(transaction, "ACCEPTED", "")
                .map(HistoryEvent::getActor)
                .findFirst()
                .orElse("");
        String refusal = refusal(approval, submitter, frame);
        List<BranchStatus> stops = stops(transaction, branch);
        return new Question(
                approval.getPrompt().isEmpty() ? branch.getId() : VisibleText.of(approval.getPrompt()),
                transaction,
                branch.getId(),
                stops,
                transaction.getBranchesCount() - stops.size(),
                facts(transaction, branch, approval, submitter, frame),
                Stream.of("approve", "reject")
                        .filter(_ -> refusal.isEmpty())
                        .map(act -> OfferedOperation.link(act, transaction.getGid(), branch.getId(), frame))
                        .toList(),
                refusal,
                error);
    }

    /** Returns the approval of a branch in the plan; the default instance if the branch is not an approval. */
    static Approval approval(Transaction transaction, String branch) {
        return transaction.getPlan().getSaga().getStepsList().stream()
                .filter(step -> step.getId().equals(branch))
                .map(SagaStep::getApproval)
                .findFirst()
                .orElse(Approval.getDefaultInstance());
    }

    /** Returns the reason why the user may not answer, as far as known here. The preview knows all reasons. */
    private static String refusal(Approval approval, String submitter, Frame frame) {
        String visitor = frame.visitor().principal();
        if (!frame.mayOperate()) {
            return frame.t("approvals.role");
        } else if (submitter.equals(visitor)) {
            return frame.t("approvals.own");
        }
        boolean isOpen =
                approval.getApproversCount() == 0 || approval.getApproversList().contains(visitor);
        return isOpen ? "" : frame.t("approvals.others");
    }

    private static List<TransactionFact> facts(
            Transaction transaction, BranchStatus branch, Approval approval, String submitter, Frame frame) {
        Texts texts = frame.texts();
        String asked = HistoryPage.events(transaction, "APPROVAL_ASKED", branch.getId())
                .reduce((_, last) -> last)
                .map(event -> TransactionFact.time(event.getTime(), frame.now(), texts))
                .orElse("");
        String labels = transaction.getLabelsMap().entrySet().stream()
                .map(label -> label.getKey() + "=" + label.getValue())
                .sorted()
                .collect(Collectors.joining(", "));
        List<TransactionFact> facts = new ArrayList<>();
        TransactionFact.add(facts, texts.of("approvals.asked"), asked);
        TransactionFact.add(facts, texts.of("approvals.until"), until(transaction, branch, approval, frame));
        TransactionFact.add(facts, texts.of("approvals.submitter"), submitter);
        TransactionFact.add(facts, texts.of("approvals.approvers"), String.join(", ", approval.getApproversList()));
        TransactionFact.add(facts, texts.of("transaction.labels"), labels);
        return List.copyOf(facts);
    }

    /** Returns the end of the wait with its consequence: the approval's expiry, or the saga's earlier deadline. */
    private static String until(Transaction transaction, BranchStatus branch, Approval approval, Frame frame) {
        if (transaction.hasParked() || !branch.hasNextAttemptTime()) {
            return frame.t("approvals.untimed");
        }
        boolean isSwitchedFirst = transaction.hasDeadlineTime()
                && Timestamps.compare(transaction.getDeadlineTime(), branch.getNextAttemptTime()) < 0;
        Timestamp end = isSwitchedFirst ? transaction.getDeadlineTime() : branch.getNextAttemptTime();
        return frame.t(
                "approvals.then."
                        + (isSwitchedFirst ? "DEADLINE" : approval.getOnExpiry().name()),
                TransactionFact.time(end, frame.now(), frame.texts()));
    }

    private static List<BranchStatus> stops(Transaction transaction, BranchStatus here) {
        List<BranchStatus> stops = new ArrayList<>();
        for (BranchStatus branch : transaction.getBranchesList()) {
            if (branch.equals(here) || stops.size() < MAX_STOPS) {
                stops.add(branch);
            }
        }
        return List.copyOf(stops);
    }
}
