package dev.entente.server.codec;

import com.google.protobuf.DurationOrBuilder;
import dev.entente.server.plan.Findings;
import dev.entente.server.transaction.CallPolicy;
import dev.entente.server.transaction.Pattern;
import dev.entente.server.transaction.Role;
import dev.entente.v1.Approval;
import dev.entente.v1.CheckBackPolicy;
import dev.entente.v1.Message;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.Saga;
import dev.entente.v1.SagaStep;
import dev.entente.v1.Tcc;
import dev.entente.v1.TccBranch;
import dev.entente.v1.TwoPhase;
import dev.entente.v1.XaBranch;
import java.time.Duration;
import java.util.List;

/**
 * Rewrites a plan so that a default gives the same bytes whether it is said or left out. The digest is made of that.
 * Used once, by one thread.
 *
 * <p>The defaults are those that the API documents, whatever this coordinator has configured in their place:
 * coordinators with other configurations, or the same one after a change, must find the same digest when a client sends
 * its plan again. A plan that says no default is returned as it is, and nothing is allocated for it.
 */
final class CanonicalPlan {
    /** How long a transaction that was begun waits for its client, by the API. */
    private static final Duration BEGUN_DEADLINE = Duration.ofSeconds(60);

    private static final CallPolicy FORWARD = CallPolicy.standard(Role.FORWARD);
    private static final CallPolicy SETTLING = CallPolicy.standard(Role.UNDO);
    private static final CallPolicy NOTIFICATION = FORWARD.withMaxAttempts(CallPolicy.NOTIFICATION_ATTEMPTS);

    private final Plan message;
    private final boolean begins;

    private CanonicalPlan(Plan message, boolean begins) {
        this.message = message;
        this.begins = begins;
    }

    /** Returns the plan without what goes without saying; the same instance where it says no default. */
    static Plan of(Plan message, boolean begins) {
        return new CanonicalPlan(message, begins).canonical();
    }

    private Plan canonical() {
        Plan pattern = pattern();
        boolean saysDeadline = begins
                && message.hasDeadline()
                && !message.getMessage().hasCheckBack()
                && BEGUN_DEADLINE.equals(PolicyReader.duration(message.getDeadline(), "", new Findings()));
        if (!saysDeadline && !message.hasDefaults()) {
            return pattern;
        }
        Plan.Builder plan = pattern.toBuilder();
        if (saysDeadline) {
            plan.clearDeadline();
        }
        if (message.hasDefaults()) {
            operations(pattern(message)).setDefaults(plan);
        }
        return plan.build();
    }

    private static Pattern pattern(Plan message) {
        return switch (message.getPatternCase()) {
            case SAGA, PATTERN_NOT_SET -> Pattern.SAGA;
            case TCC -> Pattern.TCC;
            case TWO_PHASE -> Pattern.TWO_PHASE;
            case MESSAGE -> Pattern.MESSAGE;
            case NOTIFICATION -> Pattern.NOTIFICATION;
        };
    }

    private CanonicalOperation operations(Pattern pattern) {
        return switch (pattern) {
            case MESSAGE -> operations(pattern, SETTLING);
            case NOTIFICATION -> operations(pattern, NOTIFICATION);
            case SAGA, TCC, TWO_PHASE -> operations(pattern, FORWARD);
        };
    }

    private CanonicalOperation operations(Pattern pattern, CallPolicy forward) {
        return new CanonicalOperation(pattern, message.getDefaults(), forward, SETTLING);
    }

    private Plan pattern() {
        return switch (message.getPatternCase()) {
            case SAGA -> saga();
            case TCC -> tcc();
            case TWO_PHASE -> twoPhase();
            case MESSAGE -> {
                Message published = message(message.getMessage());
                yield published.equals(message.getMessage())
                        ? message
                        : message.toBuilder().setMessage(published).build();
            }
            case NOTIFICATION -> {
                Operation said = message.getNotification().getDeliver();
                Operation deliver = operations(Pattern.NOTIFICATION).of(said, Role.FORWARD);
                if (deliver.equals(said)) {
                    yield message;
                }
                Plan.Builder plan = message.toBuilder();
                plan.getNotificationBuilder().setDeliver(deliver);
                yield plan.build();
            }
            case PATTERN_NOT_SET -> message;
        };
    }

    private Plan saga() {
        Saga saga = message.getSaga();
        boolean isSequence = isSequence(saga.getStepsList());
        CanonicalOperation operations = operations(Pattern.SAGA);
        Saga.Builder changed = null;
        for (int i = 0; i < saga.getStepsCount(); i++) {
            SagaStep said = saga.getSteps(i);
            SagaStep step = step(said, operations, isSequence);
            if (!step.equals(said)) {
                changed = changed == null ? saga.toBuilder() : changed;
                changed.setSteps(i, step);
            }
        }
        return changed == null ? message : message.toBuilder().setSaga(changed).build();
    }

    /** Tells whether each step names the one before it, and nothing else: what holds where no step says anything. */
    private static boolean isSequence(List<SagaStep> steps) {
        for (int i = 0; i < steps.size(); i++) {
            List<String> after = steps.get(i).getAfterList();
            boolean isNext = i == 0
                    ? after.isEmpty()
                    : after.size() == 1
                            && after.getFirst().equals(steps.get(i - 1).getId());
            if (!isNext) {
                return false;
            }
        }
        return true;
    }

    private SagaStep step(SagaStep said, CanonicalOperation operations, boolean isSequence) {
        Operation action = operations.of(said.getAction(), Role.FORWARD);
        Operation compensate = operations.of(said.getCompensate(), Role.UNDO);
        Operation deliver = said.hasNotification()
                ? operations(Pattern.SAGA, NOTIFICATION)
                        .of(said.getNotification().getDeliver(), Role.FORWARD)
                : said.getNotification().getDeliver();
        Message published = said.hasMessage() ? message(said.getMessage()) : said.getMessage();
        boolean saysAfter = isSequence && said.getAfterCount() > 0;
        boolean saysExpiry = said.getApproval().getOnExpiry() == Approval.Expiry.REJECT;
        boolean saysNoUndo = said.hasApproval() && said.getNoUndo();
        if (action.equals(said.getAction())
                && compensate.equals(said.getCompensate())
                && deliver.equals(said.getNotification().getDeliver())
                && published.equals(said.getMessage())
                && !saysAfter
                && !saysExpiry
                && !saysNoUndo) {
            return said;
        }
        SagaStep.Builder step = said.toBuilder();
        if (!action.equals(said.getAction())) {
            step.setAction(action);
        }
        if (!compensate.equals(said.getCompensate())) {
            step.setCompensate(compensate);
        }
        if (!deliver.equals(said.getNotification().getDeliver())) {
            step.getNotificationBuilder().setDeliver(deliver);
        }
        if (!published.equals(said.getMessage())) {
            step.setMessage(published);
        }
        if (saysAfter) {
            step.clearAfter();
        }
        if (saysExpiry) {
            step.getApprovalBuilder().clearOnExpiry();
        }
        if (saysNoUndo) {
            step.clearNoUndo();
        }
        return step.build();
    }

    private Plan tcc() {
        Tcc tcc = message.getTcc();
        CanonicalOperation operations = operations(Pattern.TCC);
        Tcc.Builder changed = null;
        for (int i = 0; i < tcc.getBranchesCount(); i++) {
            TccBranch said = tcc.getBranches(i);
            Operation attempt = operations.of(said.getTry(), Role.FORWARD);
            Operation confirm = operations.of(said.getConfirm(), Role.COMPLETION);
            Operation cancel = operations.of(said.getCancel(), Role.UNDO);
            if (!attempt.equals(said.getTry())
                    || !confirm.equals(said.getConfirm())
                    || !cancel.equals(said.getCancel())) {
                changed = changed == null ? tcc.toBuilder() : changed;
                changed.setBranches(i, branch(said, attempt, confirm, cancel));
            }
        }
        return changed == null ? message : message.toBuilder().setTcc(changed).build();
    }

    private static TccBranch branch(TccBranch said, Operation attempt, Operation confirm, Operation cancel) {
        TccBranch.Builder branch = said.toBuilder();
        if (!attempt.equals(said.getTry())) {
            branch.setTry(attempt);
        }
        if (!confirm.equals(said.getConfirm())) {
            branch.setConfirm(confirm);
        }
        if (!cancel.equals(said.getCancel())) {
            branch.setCancel(cancel);
        }
        return branch.build();
    }

    private Plan twoPhase() {
        TwoPhase twoPhase = message.getTwoPhase();
        CanonicalOperation operations = operations(Pattern.TWO_PHASE);
        TwoPhase.Builder changed = null;
        for (int i = 0; i < twoPhase.getBranchesCount(); i++) {
            XaBranch said = twoPhase.getBranches(i);
            XaBranch branch = branch(said, operations);
            if (!branch.equals(said)) {
                changed = changed == null ? twoPhase.toBuilder() : changed;
                changed.setBranches(i, branch);
            }
        }
        return changed == null
                ? message
                : message.toBuilder().setTwoPhase(changed).build();
    }

    private static XaBranch branch(XaBranch said, CanonicalOperation operations) {
        Operation prepare = operations.of(said.getPrepare(), Role.FORWARD);
        Operation preCommit = operations.of(said.getPreCommit(), Role.FORWARD);
        Operation commit = operations.of(said.getCommit(), Role.COMPLETION);
        Operation rollback = operations.of(said.getRollback(), Role.UNDO);
        boolean isSame = prepare.equals(said.getPrepare())
                && preCommit.equals(said.getPreCommit())
                && commit.equals(said.getCommit())
                && rollback.equals(said.getRollback());
        if (isSame) {
            return said;
        }
        XaBranch.Builder branch = said.toBuilder();
        if (!prepare.equals(said.getPrepare())) {
            branch.setPrepare(prepare);
        }
        if (!preCommit.equals(said.getPreCommit())) {
            branch.setPreCommit(preCommit);
        }
        if (!commit.equals(said.getCommit())) {
            branch.setCommit(commit);
        }
        if (!rollback.equals(said.getRollback())) {
            branch.setRollback(rollback);
        }
        return branch.build();
    }

    private Message message(Message said) {
        CanonicalOperation operations = operations(Pattern.MESSAGE);
        Message.Builder changed = null;
        for (int i = 0; i < said.getDeliveriesCount(); i++) {
            Operation delivery = operations.of(said.getDeliveries(i), Role.FORWARD);
            if (!delivery.equals(said.getDeliveries(i))) {
                changed = changed == null ? said.toBuilder() : changed;
                changed.setDeliveries(i, delivery);
            }
        }
        Operation check = operations.of(said.getCheckBack(), Role.FORWARD);
        if (!check.equals(said.getCheckBack())) {
            changed = (changed == null ? said.toBuilder() : changed).setCheckBack(check);
        }
        if (said.hasCheckBackPolicy()) {
            changed = changed == null ? said.toBuilder() : changed;
            setCheckBackPolicy(changed, said.getCheckBackPolicy());
        }
        return changed == null ? said : changed.build();
    }

    private static void setCheckBackPolicy(Message.Builder message, CheckBackPolicy said) {
        CheckBackPolicy.Builder policy = said.toBuilder();
        if (isCheckBackTime(said.getFirstAfter())) {
            policy.clearFirstAfter();
        }
        if (isCheckBackTime(said.getEvery())) {
            policy.clearEvery();
        }
        if (said.getLimit() == CallPolicy.CHECK_BACK_ATTEMPTS) {
            policy.clearLimit();
        }
        CheckBackPolicy left = policy.build();
        message.clearCheckBackPolicy();
        if (!left.equals(CheckBackPolicy.getDefaultInstance())) {
            message.setCheckBackPolicy(left);
        }
    }

    private static boolean isCheckBackTime(DurationOrBuilder said) {
        return CallPolicy.CHECK_BACK_EVERY.equals(PolicyReader.duration(said, "", new Findings()));
    }
}
