package dev.entente.server.api;

import dev.entente.server.codec.ChildPlan;
import dev.entente.server.codec.OperationWriter;
import dev.entente.server.transaction.Approval;
import dev.entente.server.transaction.Branch;
import dev.entente.server.transaction.CallPolicy;
import dev.entente.server.transaction.MessageTerms;
import dev.entente.server.transaction.Operation;
import dev.entente.server.transaction.Pattern;
import dev.entente.server.transaction.Plan;
import dev.entente.v1.CheckBackPolicy;
import dev.entente.v1.Message;
import dev.entente.v1.Notification;
import dev.entente.v1.Saga;
import dev.entente.v1.SagaStep;
import dev.entente.v1.Tcc;
import dev.entente.v1.TccBranch;
import dev.entente.v1.TwoPhase;
import dev.entente.v1.XaBranch;
import java.util.List;

/** A plan as people read it: every default filled in, every order explicit. Not what is stored. */
final class PlanView {
    private PlanView() {}

    static dev.entente.v1.Plan of(String gid, Plan plan, boolean showsPayloads) {
        var shown = dev.entente.v1.Plan.newBuilder()
                .setGid(gid)
                .setName(plan.name())
                .putAllLabels(plan.labels());
        if (plan.deadline() != null) {
            shown.setDeadline(OperationWriter.duration(plan.deadline()));
        }
        if (plan.startTime() != null) {
            shown.setStartTime(TransactionTranslation.timestamp(plan.startTime()));
        }
        if (plan.resultBranch() != null) {
            shown.setResultBranch(plan.resultBranch());
        }
        return switch (plan.pattern()) {
            case SAGA -> shown.setSaga(saga(plan, showsPayloads)).build();
            case TCC -> shown.setTcc(tcc(plan, showsPayloads)).build();
            case TWO_PHASE -> shown.setTwoPhase(twoPhase(plan, showsPayloads)).build();
            case MESSAGE -> shown.setMessage(message(plan, showsPayloads)).build();
            case NOTIFICATION ->
                shown.setNotification(notification(plan, showsPayloads)).build();
        };
    }

    private static Saga saga(Plan plan, boolean showsPayloads) {
        Saga.Builder saga = Saga.newBuilder();
        for (Branch branch : plan.branches()) {
            SagaStep.Builder step = SagaStep.newBuilder()
                    .setId(branch.id())
                    .setNoUndo(branch.undo() == null)
                    .setPivot(branch.pivot())
                    .setRetriable(branch.retriable())
                    .addAllAfter(branch.after());
            if (branch.approval() == null) {
                forward(step, branch.forward(), showsPayloads);
            } else {
                approval(step, branch.approval());
            }
            if (branch.undo() != null) {
                step.setCompensate(OperationWriter.message(branch.undo(), showsPayloads));
            }
            saga.addSteps(step);
        }
        return saga.build();
    }

    private static void approval(SagaStep.Builder step, Approval approval) {
        step.getApprovalBuilder()
                .setPrompt(approval.prompt())
                .setWithin(OperationWriter.duration(approval.within()))
                .setOnExpiryValue(approval.onExpiry().code())
                .addAllApprovers(approval.approvers());
    }

    private static void forward(SagaStep.Builder step, Operation forward, boolean showsPayloads) {
        if (forward.child() == Pattern.MESSAGE) {
            step.setMessage(ChildPlan.message(forward.body(), showsPayloads));
        } else if (forward.child() == null) {
            step.setAction(OperationWriter.message(forward, showsPayloads));
        } else {
            step.setNotification(Notification.newBuilder().setDeliver(OperationWriter.message(forward, showsPayloads)));
        }
    }

    private static Tcc tcc(Plan plan, boolean showsPayloads) {
        Tcc.Builder tcc = Tcc.newBuilder();
        for (Branch branch : plan.branches()) {
            TccBranch.Builder shown = TccBranch.newBuilder()
                    .setId(ownId(branch))
                    .setTry(OperationWriter.message(branch.forward(), showsPayloads));
            Operation confirm = branch.completion();
            if (confirm != null) {
                shown.setConfirm(OperationWriter.message(confirm, showsPayloads));
            }
            if (branch.undo() != null) {
                shown.setCancel(OperationWriter.message(branch.undo(), showsPayloads));
            }
            if (branch.parent() != null) {
                shown.setParent(branch.parent());
            }
            tcc.setSequential(tcc.getSequential() || isChained(branch)).addBranches(shown);
        }
        return tcc.build();
    }

    /** Tells whether it waits for more than its parent. */
    private static boolean isChained(Branch branch) {
        return !branch.after().isEmpty()
                && !branch.after().equals(branch.parent() == null ? List.of() : List.of(branch.parent()));
    }

    private static TwoPhase twoPhase(Plan plan, boolean showsPayloads) {
        TwoPhase.Builder twoPhase = TwoPhase.newBuilder();
        for (Branch branch : plan.branches()) {
            if (branch.continues() != null) {
                twoPhase.getBranchesBuilder(plan.indexOf(branch.continues()))
                        .setPreCommit(OperationWriter.message(branch.forward(), showsPayloads));
                continue;
            }
            XaBranch.Builder shown = XaBranch.newBuilder()
                    .setId(branch.id())
                    .setPrepare(OperationWriter.message(branch.forward(), showsPayloads));
            if (branch.completion() != null) {
                shown.setCommit(OperationWriter.message(branch.completion(), showsPayloads));
            }
            if (branch.undo() != null) {
                shown.setRollback(OperationWriter.message(branch.undo(), showsPayloads));
            }
            twoPhase.addBranches(shown);
        }
        return twoPhase.build();
    }

    private static Message message(Plan plan, boolean showsPayloads) {
        Message.Builder message = Message.newBuilder();
        message.setOrderingKey(plan.terms().orderingKey());
        int check = plan.checkBack();
        if (check >= 0) {
            Operation question = plan.branches().get(check).forward();
            message.setCheckBack(OperationWriter.message(question, showsPayloads))
                    .setCheckBackPolicy(checkBackPolicy(plan.terms(), question.policy()));
        }
        for (int i = check + 1; i < plan.branches().size(); i++) {
            message.addDeliveries(OperationWriter.message(plan.branches().get(i).forward(), showsPayloads));
        }
        return message.build();
    }

    private static CheckBackPolicy checkBackPolicy(MessageTerms terms, CallPolicy policy) {
        CheckBackPolicy.Builder shown = CheckBackPolicy.newBuilder().setLimit(policy.maxAttempts());
        if (terms.firstCheckAfter() != null) {
            shown.setFirstAfter(OperationWriter.duration(terms.firstCheckAfter()));
        }
        if (!policy.schedule().isEmpty()) {
            shown.setEvery(OperationWriter.duration(policy.schedule().getFirst()));
        }
        return shown.build();
    }

    private static Notification notification(Plan plan, boolean showsPayloads) {
        return Notification.newBuilder()
                .setDeliver(OperationWriter.message(plan.branches().getFirst().forward(), showsPayloads))
                .build();
    }

    /** Without its parent's path, which stands beside it. */
    private static String ownId(Branch branch) {
        String parent = branch.parent();
        return parent == null ? branch.id() : branch.id().substring(parent.length() + 1);
    }
}
