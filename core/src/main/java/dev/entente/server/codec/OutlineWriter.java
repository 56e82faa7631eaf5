package dev.entente.server.codec;

import dev.entente.server.transaction.Approval;
import dev.entente.server.transaction.Binding;
import dev.entente.server.transaction.Branch;
import dev.entente.server.transaction.CallPolicy;
import dev.entente.server.transaction.FieldPath;
import dev.entente.server.transaction.JsonPointer;
import dev.entente.server.transaction.Operation;
import dev.entente.server.transaction.Plan;
import dev.entente.server.transaction.Progress;
import dev.entente.server.transaction.Role;
import dev.entente.server.transaction.Target;
import dev.entente.stored.v1.Outline;
import dev.entente.stored.v1.OutlineApproval;
import dev.entente.stored.v1.OutlineBinding;
import dev.entente.stored.v1.OutlineBranch;
import dev.entente.stored.v1.OutlineHttp;
import dev.entente.stored.v1.OutlineKafka;
import dev.entente.stored.v1.OutlineOperation;
import dev.entente.stored.v1.Policy;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Writes one outline: every text and every policy once. Used once, by one thread. */
final class OutlineWriter {
    private static final CallPolicy FORWARD = CallPolicy.standard(Role.FORWARD);
    private static final CallPolicy SETTLING = CallPolicy.standard(Role.UNDO);

    private final Plan plan;
    private final Progress progress;
    private final boolean keepsPayloads;
    private final Outline.Builder outline = Outline.newBuilder();
    private final Map<String, Integer> texts = new HashMap<>();
    private final Map<CallPolicy, Integer> policies = new HashMap<>();

    OutlineWriter(Plan plan, Progress progress, boolean keepsPayloads) {
        this.plan = plan;
        this.progress = progress;
        this.keepsPayloads = keepsPayloads;
    }

    Outline.Builder written() {
        outline.setDetail(progress.detail())
                .setForced(progress.isForced())
                .setPivotRevision(progress.pivotRevision())
                .setDecidedRevision(progress.decidedRevision())
                .setRestRev(progress.restRev() + 1)
                .setResultBranch(plan.resultBranch() == null ? 0 : plan.indexOf(plan.resultBranch()) + 1)
                .putAllLabels(plan.labels());
        if (progress.abortReason() != null) {
            outline.setAbortReason(progress.abortReason().code());
        }
        if (plan.submitter() != null) {
            outline.setSubmitter(plan.submitter());
        }
        if (plan.deadline() != null) {
            outline.setDeadlineMs(plan.deadline().toMillis());
        }
        if (plan.startTime() != null) {
            outline.setStartTimeMs(plan.startTime().toEpochMilli());
        }
        for (int i = 0; i < plan.branches().size(); i++) {
            outline.addBranches(branch(i));
        }
        return outline;
    }

    private OutlineBranch branch(int index) {
        Branch branch = plan.branches().get(index);
        OutlineBranch.Builder message = OutlineBranch.newBuilder()
                .setId(text(branch.id()))
                .setParent(branch.parent() == null ? 0 : plan.indexOf(branch.parent()) + 1)
                .setForward(operation(branch.forward(), FORWARD))
                .setPivot(branch.pivot())
                .setRetriable(branch.retriable());
        ProgressCodec.write(progress.branch(index), keepsPayloads, message.getProgressBuilder());
        if (branch.completion() != null) {
            message.setCompletion(operation(branch.completion(), SETTLING));
        }
        if (branch.undo() != null) {
            message.setUndo(operation(branch.undo(), SETTLING));
        }
        if (branch.continues() != null) {
            message.setContinues(plan.indexOf(branch.continues()) + 1);
        }
        if (branch.approval() != null) {
            message.setApproval(approval(branch.approval()));
        }
        if (branch.registeredAt() != null) {
            message.setRegisteredMs(branch.registeredAt().toEpochMilli());
        }
        if (!isChained(branch, index)) {
            message.setApart(true);
            branch.after().forEach(before -> message.addAfter(plan.indexOf(before)));
        }
        return message.build();
    }

    private static OutlineApproval approval(Approval approval) {
        return OutlineApproval.newBuilder()
                .setPrompt(approval.prompt())
                .setWithinMs(approval.within().toMillis())
                .setOnExpiry(approval.onExpiry().code())
                .addAllApprovers(approval.approvers())
                .build();
    }

    private boolean isChained(Branch branch, int index) {
        List<String> chain =
                index == 0 ? List.of() : List.of(plan.branches().get(index - 1).id());
        return branch.after().equals(chain);
    }

    private OutlineOperation operation(Operation operation, CallPolicy standard) {
        OutlineOperation.Builder message = OutlineOperation.newBuilder();
        switch (operation.target()) {
            case Target.Grpc(String participant, String method) -> {
                message.addTarget(text(participant));
                int slash = method.lastIndexOf('/');
                if (slash >= 0) {
                    message.addTarget(text(method.substring(0, slash)));
                }
                message.addTarget(text(method.substring(slash + 1)));
            }
            case Target.Http http -> message.setHttp(http(http));
            case Target.Kafka kafka -> message.setKafka(kafka(kafka));
        }
        operation.bindings().forEach(binding -> message.addBind(binding(binding)));
        if (operation.child() != null) {
            message.setChild(operation.child().code());
        }
        if (keepsPayloads) {
            message.setBody(operation.body());
        }
        return message.setPolicy(operation.policy().equals(standard) ? 0 : policy(operation.policy()) + 1)
                .build();
    }

    /** Headers may hold what a body may hold, so they stay where bodies do. */
    private OutlineHttp http(Target.Http target) {
        OutlineHttp.Builder message = OutlineHttp.newBuilder()
                .setParticipant(text(target.participant()))
                .setMethod(text(target.method()))
                .setPath(text(target.path()));
        return (keepsPayloads ? message.putAllHeaders(target.headers()) : message).build();
    }

    private OutlineKafka kafka(Target.Kafka target) {
        OutlineKafka.Builder message = OutlineKafka.newBuilder()
                .setConnector(text(target.participant()))
                .setTopic(text(target.topic()));
        return (keepsPayloads ? message.setKey(target.key()).putAllHeaders(target.headers()) : message).build();
    }

    private OutlineBinding binding(Binding binding) {
        OutlineBinding.Builder message = OutlineBinding.newBuilder()
                .setFrom(plan.indexOf(binding.from()))
                .setRole(StoredCodes.of(binding.fromRole()))
                .setRequired(binding.required());
        switch (binding.fromPath()) {
            case FieldPath path -> message.addAllFromPath(path.numbers());
            case JsonPointer pointer -> message.setFromPointer(pointer.toString());
        }
        switch (binding.toPath()) {
            case FieldPath path -> message.addAllToPath(path.numbers());
            case JsonPointer pointer -> message.setToPointer(pointer.toString());
        }
        return message.build();
    }

    private int text(String text) {
        Integer known = texts.putIfAbsent(text, texts.size());
        if (known != null) {
            return known;
        }
        outline.addTexts(text);
        return texts.size() - 1;
    }

    private int policy(CallPolicy policy) {
        Integer known = policies.putIfAbsent(policy, policies.size());
        if (known != null) {
            return known;
        }
        outline.addPolicies(Policy.newBuilder()
                .setTimeoutMs(policy.timeout().toMillis())
                .setMaxAttempts(policy.maxAttempts())
                .setFirstBackoffMs(policy.firstBackoff().toMillis())
                .setMaxBackoffMs(policy.maxBackoff().toMillis())
                .setMultiplier(policy.multiplier())
                .addAllScheduleMs(
                        policy.schedule().stream().map(Duration::toMillis).toList()));
        return policies.size() - 1;
    }
}
