package dev.entente.server.codec;

import com.google.protobuf.Duration;
import dev.entente.core.transaction.Approval;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.CallPolicy;
import dev.entente.core.transaction.MessageTerms;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.Target;
import dev.entente.v1.CheckBackPolicy;
import dev.entente.v1.HttpCall;
import dev.entente.v1.KafkaRecord;
import dev.entente.v1.Message;
import dev.entente.v1.Notification;
import dev.entente.v1.Saga;
import dev.entente.v1.SagaStep;
import dev.entente.v1.Tcc;
import dev.entente.v1.TccBranch;
import dev.entente.v1.TwoPhase;
import dev.entente.v1.XaBranch;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Writes a plan as the API's message, the inverse of {@link PlanReader}. For people, the message contains every default
 * and every order. For the row of an ended transaction, it omits standard values. Used once, by one thread.
 */
public final class PlanWriter {
    private static final CallPolicy STANDARD = CallPolicy.standard(Role.FORWARD);

    private final Plan plan;
    private final boolean writesPayloads;
    private final boolean writesDefaults;
    /** The policy that the plan states once. Nearly all operations have it, apart from the number of attempts. */
    private final CallPolicy common;

    private PlanWriter(Plan plan, boolean writesPayloads, boolean writesDefaults) {
        this.plan = plan;
        this.writesPayloads = writesPayloads;
        this.writesDefaults = writesDefaults;
        CallPolicy first = plan.branches().stream()
                .filter(branch -> branch.approval() == null)
                .findFirst()
                .map(branch -> branch.forward().policy())
                .orElse(STANDARD);
        this.common = first.schedule().isEmpty() ? first.withMaxAttempts(CallPolicy.FORWARD_ATTEMPTS) : STANDARD;
    }

    /**
     * Writes a plan for people: all defaults and orders are explicit.
     *
     * @param showsPayloads whether to include bodies, headers and keys
     */
    public static dev.entente.v1.Plan shown(String gid, Plan plan, boolean showsPayloads) {
        return new PlanWriter(plan, showsPayloads, true)
                .message()
                .setGid(gid)
                .setName(plan.name())
                .build();
    }

    /**
     * Writes a plan without its name, and without the values that {@link PlanCodec#decodeEnded} fills in. These are the
     * policies of {@link CallPolicy#standard}, and a service that equals the service of the branch's forward operation.
     *
     * @param keepsPayloads whether to include bodies, headers and keys
     */
    static dev.entente.v1.Plan ended(Plan plan, boolean keepsPayloads) {
        PlanWriter writer = new PlanWriter(plan, keepsPayloads, false);
        var message = writer.message();
        if (!writer.common.equals(STANDARD)) {
            message.setDefaults(policy(writer.common).clearMaxAttempts());
        }
        return message.build();
    }

    private dev.entente.v1.Plan.Builder message() {
        var message = dev.entente.v1.Plan.newBuilder().putAllLabels(plan.labels());
        if (plan.deadline() != null) {
            message.setDeadline(duration(plan.deadline()));
        }
        Instant start = plan.startTime();
        if (start != null) {
            message.getStartTimeBuilder().setSeconds(start.getEpochSecond()).setNanos(start.getNano());
        }
        if (plan.resultBranch() != null) {
            message.setResultBranch(plan.resultBranch());
        }
        return switch (plan.pattern()) {
            case SAGA -> message.setSaga(saga(plan.branches()));
            case TCC -> message.setTcc(tcc());
            case TWO_PHASE -> message.setTwoPhase(twoPhase());
            case MESSAGE -> message.setMessage(deliveries());
            case NOTIFICATION -> {
                // an unreadable row has no branches, but can be ended
                boolean isBare = plan.branches().isEmpty();
                yield message.setNotification(
                        isBare
                                ? Notification.getDefaultInstance()
                                : notification(plan.branches().getFirst().forward()));
            }
        };
    }

    private Saga saga(List<Branch> branches) {
        boolean isChain = IntStream.range(0, branches.size())
                .allMatch(i -> branches.get(i)
                        .after()
                        .equals(i == 0 ? List.of() : List.of(branches.get(i - 1).id())));
        Saga.Builder saga = Saga.newBuilder();
        for (Branch branch : branches) {
            SagaStep.Builder step = saga.addStepsBuilder()
                    .setId(branch.id())
                    .setNoUndo(branch.undo() == null)
                    .setPivot(branch.pivot())
                    .setRetriable(branch.retriable());
            if (writesDefaults || !isChain) {
                step.addAllAfter(branch.after());
            }
            if (branch.approval() == null) {
                forward(step, branch.forward());
            } else {
                approval(step, branch.approval());
            }
            if (branch.undo() != null) {
                step.setCompensate(operation(branch, branch.undo(), Role.UNDO));
            }
        }
        return saga.build();
    }

    private static void approval(SagaStep.Builder step, Approval approval) {
        step.getApprovalBuilder()
                .setPrompt(approval.prompt())
                .setWithin(duration(approval.within()))
                .setOnExpiryValue(approval.onExpiry().code())
                .addAllApprovers(approval.approvers());
    }

    private void forward(SagaStep.Builder step, Operation forward) {
        if (forward.child() == Pattern.MESSAGE) {
            step.setMessage(ChildPlan.message(forward.body(), writesPayloads));
        } else if (forward.child() == null) {
            step.setAction(operation(forward, Role.FORWARD));
        } else {
            step.setNotification(notification(forward));
        }
    }

    private Tcc tcc() {
        Tcc.Builder tcc = Tcc.newBuilder();
        for (Branch branch : plan.branches()) {
            String parent = branch.parent();
            TccBranch.Builder message = tcc.addBranchesBuilder()
                    .setId(parent == null ? branch.id() : branch.id().substring(parent.length() + 1));
            boolean isTriedByClient = branch.forward().target().participant().isEmpty();
            if (!isTriedByClient) {
                message.setTry(operation(branch.forward(), Role.FORWARD));
            }
            if (branch.completion() != null) {
                message.setConfirm(operation(branch, branch.completion(), Role.COMPLETION));
            }
            if (branch.undo() != null) {
                message.setCancel(operation(branch, branch.undo(), Role.UNDO));
            }
            if (parent != null) {
                message.setParent(parent);
            }
            tcc.setSequential(tcc.getSequential() || isChained(branch));
        }
        return tcc.build();
    }

    /** Returns whether a branch waits for more than its parent. */
    private static boolean isChained(Branch branch) {
        return !branch.after().isEmpty()
                && !branch.after().equals(branch.parent() == null ? List.of() : List.of(branch.parent()));
    }

    private TwoPhase twoPhase() {
        TwoPhase.Builder twoPhase = TwoPhase.newBuilder();
        for (Branch branch : plan.branches()) {
            if (branch.continues() != null) {
                twoPhase.getBranchesBuilder(plan.indexOf(branch.continues()))
                        .setPreCommit(operation(branch.forward(), Role.FORWARD));
                continue;
            }
            XaBranch.Builder message = twoPhase.addBranchesBuilder()
                    .setId(branch.id())
                    .setPrepare(operation(branch.forward(), Role.FORWARD));
            if (branch.completion() != null) {
                message.setCommit(operation(branch, branch.completion(), Role.COMPLETION));
            }
            if (branch.undo() != null) {
                message.setRollback(operation(branch, branch.undo(), Role.UNDO));
            }
        }
        return twoPhase.build();
    }

    private Message deliveries() {
        Message.Builder message =
                Message.newBuilder().setOrderingKey(plan.terms().orderingKey());
        int check = plan.checkBack();
        if (check >= 0) {
            Operation question = plan.branches().get(check).forward();
            CallPolicy requested = common.withSchedule(question.policy().schedule());
            message.setCheckBack(operation(
                            question,
                            requested.withMaxAttempts(question.policy().maxAttempts())))
                    .setCheckBackPolicy(checkBackPolicy(plan.terms(), question.policy()));
        }
        for (int i = check + 1; i < plan.branches().size(); i++) {
            message.addDeliveries(operation(plan.branches().get(i).forward(), Role.UNDO));
        }
        return message.build();
    }

    private static CheckBackPolicy checkBackPolicy(MessageTerms terms, CallPolicy policy) {
        CheckBackPolicy.Builder message = CheckBackPolicy.newBuilder().setLimit(policy.maxAttempts());
        if (terms.firstCheckAfter() != null) {
            message.setFirstAfter(duration(terms.firstCheckAfter()));
        }
        if (!policy.schedule().isEmpty()) {
            message.setEvery(duration(policy.schedule().getFirst()));
        }
        return message.build();
    }

    private Notification notification(Operation deliver) {
        CallPolicy defaults = common.withMaxAttempts(CallPolicy.NOTIFICATION_ATTEMPTS);
        return Notification.newBuilder()
                .setDeliver(operation(deliver, defaults))
                .build();
    }

    /** Writes a completion or undo of a branch. It nearly always calls the service of the forward operation. */
    private dev.entente.v1.Operation operation(Branch branch, Operation operation, Role role) {
        dev.entente.v1.Operation message = operation(operation, role);
        if (!writesDefaults
                && operation.target() instanceof Target.Grpc(String participant, String method)
                && branch.forward().target() instanceof Target.Grpc(String same, String forward)
                && same.equals(participant)
                && forward.startsWith(method.substring(0, method.indexOf('/') + 1))) {
            return message.toBuilder()
                    .setGrpc(method.substring(method.indexOf('/')))
                    .build();
        }
        return message;
    }

    private dev.entente.v1.Operation operation(Operation operation, Role role) {
        int attempts = CallPolicy.standard(role).maxAttempts();
        return operation(operation, common.withMaxAttempts(attempts));
    }

    /** @param defaults the policy that applies if none is written */
    private dev.entente.v1.Operation operation(Operation operation, CallPolicy defaults) {
        var message = dev.entente.v1.Operation.newBuilder();
        switch (operation.target()) {
            case Target.Grpc(String participant, String method) -> message.setGrpc(participant + "/" + method);
            case Target.Http http -> message.setHttp(http(http));
            case Target.Kafka kafka -> message.setKafka(kafka(kafka));
        }
        if (writesPayloads) {
            message.setRaw(operation.body());
        }
        for (var binding : operation.bindings()) {
            message.addBindBuilder()
                    .setFrom(binding.from())
                    .setFromOp(
                            binding.fromRole() == Role.FORWARD
                                    ? ""
                                    : plan.pattern().operationName(binding.fromRole()))
                    .setFromPath(binding.fromPath().toString())
                    .setToPath(binding.toPath().toString())
                    .setRequired(binding.required());
        }
        if (writesDefaults || !operation.policy().equals(defaults)) {
            message.setPolicy(policy(operation.policy()));
        }
        return message.build();
    }

    /** Writes an HTTP target. Headers may contain payload data. */
    private HttpCall http(Target.Http target) {
        HttpCall.Builder message = HttpCall.newBuilder()
                .setParticipant(target.participant())
                .setMethod(target.method())
                .setPath(target.path());
        return (writesPayloads ? message.putAllHeaders(target.headers()) : message).build();
    }

    /** Writes a record's target. The key and the headers may contain payload data. */
    private KafkaRecord kafka(Target.Kafka target) {
        KafkaRecord.Builder message =
                KafkaRecord.newBuilder().setConnector(target.participant()).setTopic(target.topic());
        return (writesPayloads ? message.setKey(target.key()).putAllHeaders(target.headers()) : message).build();
    }

    private static dev.entente.v1.CallPolicy.Builder policy(CallPolicy policy) {
        return dev.entente.v1.CallPolicy.newBuilder()
                .setTimeout(duration(policy.timeout()))
                .setMaxAttempts(policy.maxAttempts())
                .setFirstBackoff(duration(policy.firstBackoff()))
                .setMaxBackoff(duration(policy.maxBackoff()))
                .setMultiplier(policy.multiplier())
                .addAllSchedule(
                        policy.schedule().stream().map(PlanWriter::duration).toList());
    }

    private static Duration duration(java.time.Duration duration) {
        return Duration.newBuilder()
                .setSeconds(duration.getSeconds())
                .setNanos(duration.getNano())
                .build();
    }
}
