package dev.entente.server.codec;

import com.google.protobuf.DurationOrBuilder;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import dev.entente.core.plan.Finding;
import dev.entente.core.plan.Findings;
import dev.entente.core.plan.PlanPath;
import dev.entente.core.transaction.Approval;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.CallPolicy;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.MessageTerms;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Role;
import dev.entente.stored.v1.StoredPlan;
import dev.entente.v1.ApprovalOrBuilder;
import dev.entente.v1.PlanOrBuilder;
import dev.entente.v1.SagaStep;
import dev.entente.v1.TccBranch;
import dev.entente.v1.XaBranch;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Converts one plan message to the core's plan, and collects findings. Used once, by one thread. */
final class PlanReader {
    private final PlanOrBuilder message;
    private final OperationReader operations;
    private final OperationReader notifications;
    private final MessageReader messages;
    private final List<Long> registeredMs;
    private final Findings findings;

    /** @param ours the additions of an accepting write */
    PlanReader(
            PlanOrBuilder message,
            StoredPlan ours,
            CallPolicy forward,
            CallPolicy settling,
            CallPolicy notification,
            Findings findings) {
        this.message = message;
        this.registeredMs = ours.getRegisteredMsList();
        this.findings = findings;
        CallPolicy first = message.hasNotification() ? notification : forward;
        this.operations =
                new OperationReader(new PolicyReader(message.getDefaults(), first, settling, findings), findings);
        this.notifications = new OperationReader(
                new PolicyReader(message.getDefaults(), notification, settling, new Findings()), findings);
        this.messages = new MessageReader(message.getMessage(), ours, operations, findings);
    }

    Plan plan() {
        refuseUnknown(message, "plan");
        Pattern pattern = pattern();
        return new Plan(
                        pattern,
                        message.getName(),
                        labels(message.getLabelsMap()),
                        message.hasDeadline() ? duration(message.getDeadline(), "plan.deadline") : null,
                        message.hasStartTime() ? time(message.getStartTime()) : null,
                        message.getResultBranch().isEmpty() ? null : message.getResultBranch(),
                        branches(pattern))
                .withTerms(message.hasMessage() ? messages.terms() : MessageTerms.NONE);
    }

    /** Returns the pattern. A plan without one becomes a saga without steps, which is rejected. */
    private Pattern pattern() {
        return switch (message.getPatternCase()) {
            case SAGA, PATTERN_NOT_SET -> Pattern.SAGA;
            case TCC -> Pattern.TCC;
            case TWO_PHASE -> Pattern.TWO_PHASE;
            case MESSAGE -> Pattern.MESSAGE;
            case NOTIFICATION -> Pattern.NOTIFICATION;
        };
    }

    private List<Branch> branches(Pattern pattern) {
        return switch (pattern) {
            case SAGA -> sagaSteps();
            case TCC -> tccBranches();
            case TWO_PHASE -> xaBranches();
            case MESSAGE -> messages.deliveries();
            case NOTIFICATION -> List.of(delivery());
        };
    }

    private static Map<String, String> labels(Map<String, String> labels) {
        return labels.isEmpty() ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(labels));
    }

    private List<Branch> sagaSteps() {
        refuseUnknown(message.getSaga(), "plan.saga");
        List<SagaStep> steps = message.getSaga().getStepsList();
        boolean isSequence = steps.stream().allMatch(step -> step.getAfterCount() == 0);
        List<Branch> branches = new ArrayList<>(steps.size());
        String before = null;
        for (int i = 0; i < steps.size(); i++) {
            SagaStep step = steps.get(i);
            branches.add(sagaStep(step, i, isSequence ? listOfNullable(before) : List.copyOf(step.getAfterList())));
            before = step.getId();
        }
        return List.copyOf(branches);
    }

    private Branch sagaStep(SagaStep step, int index, List<String> after) {
        PlanPath place = new PlanPath(Pattern.SAGA, index, null);
        refuseUnknown(step, place);
        refuseUnsaidUndo(step, place);
        return new Branch(
                step.getId(),
                null,
                new Branch.Operations(
                        forward(step, index, place),
                        null,
                        step.hasCompensate()
                                ? operations.read(step.getCompensate(), Pattern.SAGA, index, Role.UNDO)
                                : null),
                after,
                new Branch.Commitment(step.getPivot(), step.getRetriable()),
                step.hasApproval() ? approval(step, place) : null,
                Branch.Origin.PLAN);
    }

    private Approval approval(SagaStep step, PlanPath place) {
        var approval = step.getApproval();
        refuseUnknown(approval, place);
        if (step.hasAction() || step.hasNotification() || step.hasMessage()) {
            findings.add(Finding.error(
                    ErrorCode.MALFORMED,
                    place.field(".approval"),
                    "step '%s' has an action and an approval; split it into two steps".formatted(step.getId())));
        }
        Duration within = approval.hasWithin() ? duration(approval.getWithin(), place.field(".approval.within")) : null;
        return new Approval(
                approval.getPrompt(),
                within == null ? Duration.ZERO : within,
                expiry(approval, place),
                List.copyOf(approval.getApproversList()));
    }

    private Approval.Expiry expiry(ApprovalOrBuilder approval, PlanPath place) {
        return switch (approval.getOnExpiry()) {
            case REJECT, EXPIRY_UNSPECIFIED -> Approval.Expiry.REJECT;
            case APPROVE -> Approval.Expiry.APPROVE;
            case PARK -> Approval.Expiry.PARK;
            case UNRECOGNIZED -> {
                String text = "unknown value; use REJECT, APPROVE or PARK";
                findings.add(Finding.error(ErrorCode.MALFORMED, place.field(".approval.on_expiry"), text));
                yield Approval.Expiry.REJECT;
            }
        };
    }

    private Operation forward(SagaStep step, int index, PlanPath place) {
        if (!step.hasNotification() && !step.hasMessage()) {
            return operations.read(step.getAction(), Pattern.SAGA, index, Role.FORWARD);
        }
        if (step.hasAction() || (step.hasNotification() && step.hasMessage())) {
            findings.add(Finding.error(
                    ErrorCode.MALFORMED,
                    place.field(""),
                    "step '%s' has more than one of action, message and notification; split it into several steps"
                            .formatted(step.getId())));
        }
        if (step.hasMessage()) {
            return operations.raw(ChildPlan.body(message, step), index).by(Pattern.MESSAGE);
        }
        refuseUnknown(step.getNotification(), place.field(".notification"));
        return notifications
                .read(step.getNotification().getDeliver(), Pattern.SAGA, index, Role.FORWARD)
                .by(Pattern.NOTIFICATION);
    }

    private void refuseUnsaidUndo(SagaStep step, PlanPath place) {
        boolean isUnsaid = !step.hasApproval() && !step.hasCompensate() && !step.getNoUndo();
        if (isUnsaid || (step.hasCompensate() && step.getNoUndo())) {
            String message = step.getNoUndo()
                    ? "step '%s' has no_undo and a compensate; leave out one of the two"
                    : "step '%s' has no compensate; add one, or set no_undo if there is nothing to undo";
            findings.add(Finding.error(ErrorCode.NO_UNDO_UNSAID, place.field(""), message.formatted(step.getId())));
        }
    }

    /** Reads the branches: registered branches follow the declared branches. */
    private List<Branch> tccBranches() {
        refuseUnknown(message.getTcc(), "plan.tcc");
        int declared = message.getTcc().getBranchesCount() - registeredMs.size();
        List<Branch> branches = new ArrayList<>(message.getTcc().getBranchesCount());
        for (TccBranch branch : message.getTcc().getBranchesList()) {
            int index = branches.size();
            Branch read = tccBranch(branch, index, order(branches, branch));
            branches.add(
                    index < declared
                            ? read
                            : read.registered(Instant.ofEpochMilli(registeredMs.get(index - Math.max(0, declared)))));
        }
        return List.copyOf(branches);
    }

    /** Returns the predecessors: the previous branch in a sequential plan, else only the parent, if there is one. */
    private List<String> order(List<Branch> earlier, TccBranch branch) {
        if (message.getTcc().getSequential()) {
            return earlier.isEmpty() ? List.of() : List.of(earlier.getLast().id());
        }
        return branch.getParent().isEmpty() ? List.of() : List.of(branch.getParent());
    }

    private Branch tccBranch(TccBranch branch, int index, List<String> after) {
        refuseUnknown(branch, new PlanPath(Pattern.TCC, index, null));
        Operation confirm =
                branch.hasConfirm() ? operations.read(branch.getConfirm(), Pattern.TCC, index, Role.COMPLETION) : null;
        Operation cancel =
                branch.hasCancel() ? operations.read(branch.getCancel(), Pattern.TCC, index, Role.UNDO) : null;
        return new Branch(
                path(branch),
                branch.getParent().isEmpty() ? null : branch.getParent(),
                operations.read(branch.getTry(), Pattern.TCC, index, Role.FORWARD),
                confirm,
                cancel,
                after,
                Branch.Commitment.NONE);
    }

    private List<Branch> xaBranches() {
        refuseUnknown(message.getTwoPhase(), "plan.two_phase");
        List<XaBranch> branches = message.getTwoPhase().getBranchesList();
        List<Branch> read = new ArrayList<>(branches.size());
        for (int i = 0; i < branches.size(); i++) {
            read.add(xaBranch(branches.get(i), i));
        }
        addPreCommits(branches, read);
        return List.copyOf(read);
    }

    /** Adds a layer of forward operations after all prepares; this layer alone makes a transaction three-phase. */
    private void addPreCommits(List<XaBranch> branches, List<Branch> read) {
        List<String> prepared = read.stream().map(Branch::id).distinct().toList();
        for (int i = 0; i < branches.size(); i++) {
            XaBranch branch = branches.get(i);
            if (branch.hasPreCommit()) {
                PlanPath place = new PlanPath(Pattern.TWO_PHASE, i, Role.FORWARD, true);
                Operation preCommit = operations.read(branch.getPreCommit(), place, Role.FORWARD);
                read.add(Branch.preCommit(branch.getId(), preCommit, prepared));
            }
        }
    }

    private Branch xaBranch(XaBranch branch, int index) {
        refuseUnknown(branch, new PlanPath(Pattern.TWO_PHASE, index, null));
        Operation commit = branch.hasCommit()
                ? operations.read(branch.getCommit(), Pattern.TWO_PHASE, index, Role.COMPLETION)
                : null;
        Operation rollback = branch.hasRollback()
                ? operations.read(branch.getRollback(), Pattern.TWO_PHASE, index, Role.UNDO)
                : null;
        Operation prepare = operations.read(branch.getPrepare(), Pattern.TWO_PHASE, index, Role.FORWARD);
        return new Branch(branch.getId(), null, prepare, commit, rollback, List.of(), Branch.Commitment.NONE);
    }

    private Branch delivery() {
        refuseUnknown(message.getNotification(), "plan.notification");
        Operation deliver =
                operations.read(message.getNotification().getDeliver(), Pattern.NOTIFICATION, 0, Role.FORWARD);
        return new Branch(Branch.DELIVER, null, deliver, null, null, List.of(), Branch.Commitment.NONE);
    }

    /** Returns the branch's id in the transaction: a nested branch has a path. */
    static String path(TccBranch branch) {
        return branch.getParent().isEmpty() ? branch.getId() : branch.getParent() + "/" + branch.getId();
    }

    private static List<String> listOfNullable(@Nullable String before) {
        return before == null ? List.of() : List.of(before);
    }

    private @Nullable Duration duration(DurationOrBuilder duration, String field) {
        return PolicyReader.duration(duration, field, findings);
    }

    private @Nullable Instant time(Timestamp time) {
        if (!Timestamps.isValid(time)) {
            findings.add(Finding.error(
                    ErrorCode.MALFORMED, "plan.start_time", "is not a point in time between the years 1 and 9999"));
            return null;
        }
        return Instant.ofEpochSecond(time.getSeconds(), time.getNanos());
    }

    private void refuseUnknown(MessageOrBuilder read, PlanPath place) {
        if (hasUnknown(read)) {
            refuseUnknown(read, place.field(""));
        }
    }

    private void refuseUnknown(MessageOrBuilder read, String field) {
        if (hasUnknown(read)) {
            findings.add(unknown(read, field));
        }
    }

    static boolean hasUnknown(MessageOrBuilder read) {
        return read.getUnknownFields().getSerializedSize() > 0;
    }

    /** Returns a finding, because a field of a newer client may change the meaning of the plan. */
    static Finding unknown(MessageOrBuilder read, String field) {
        return Finding.error(
                ErrorCode.MALFORMED,
                field,
                "this coordinator does not know the fields %s; leave the fields out, or run a newer coordinator"
                        .formatted(read.getUnknownFields().asMap().keySet()));
    }
}
