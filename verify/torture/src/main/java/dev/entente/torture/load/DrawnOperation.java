package dev.entente.torture.load;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.PreviewActRequest;
import dev.entente.v1.ResolveBranchRequest;
import dev.entente.v1.Transaction;
import java.util.List;
import java.util.Random;

/**
 * A random operator action on a transaction in its observed state. The action may be impossible in this state.
 *
 * @param draw the seed of the action; equal seeds give equal actions
 * @param reason a unique text, which identifies the action in the audit
 */
record DrawnOperation(Transaction seen, long draw, String reason) {
    private static final List<FieldDescriptor> OPERATIONS =
            PreviewActRequest.getDescriptor().getOneofs().getFirst().getFields();

    /** Returns the request, bound to this revision and fence; 0 and 0 for any. */
    PreviewActRequest request(long revision, long fence) {
        Random random = new Random(draw);
        FieldDescriptor operation = OPERATIONS.get(random.nextInt(OPERATIONS.size()));
        PreviewActRequest.Builder request = PreviewActRequest.newBuilder();
        Message.Builder bound = request.newBuilderForField(operation);
        set(bound, "gid", seen.getGid());
        set(bound, "reason", reason);
        set(bound, "if_revision", revision);
        set(bound, "if_fence", fence);
        request.setField(operation, bound.build());
        boolean isYes = random.nextBoolean();
        if (request.hasForceFinish()) {
            request.getForceFinishBuilder().setAs(isYes ? Transaction.State.SUCCEEDED : Transaction.State.ABORTED);
        } else if (request.hasDecideApproval()) {
            request.getDecideApprovalBuilder().setBranch(branch(random).getId()).setApproved(isYes);
        } else if (request.hasResolve()) {
            state(request.getResolveBuilder(), random);
        }
        return request.build();
    }

    private static void set(Message.Builder request, String field, Object value) {
        request.setField(request.getDescriptorForType().findFieldByName(field), value);
    }

    /** States a random result of a branch. The statement may be false. */
    private void state(ResolveBranchRequest.Builder statement, Random random) {
        BranchStatus branch = branch(random);
        statement.setBranch(branch.getId()).setOp(branch.getCurrentOp().isEmpty() ? "action" : branch.getCurrentOp());
        switch (random.nextInt(3)) {
            case 0 -> statement.getDoneBuilder();
            case 1 -> statement.setUndone(true);
            default -> statement.setNeverHappened(true);
        }
    }

    private BranchStatus branch(Random random) {
        List<BranchStatus> branches = seen.getBranchesList();
        return branches.isEmpty() ? BranchStatus.getDefaultInstance() : branches.get(random.nextInt(branches.size()));
    }

    /** Sends the request to a coordinator. Blocks. */
    static Transaction take(OperatorClient coordinator, PreviewActRequest operation) {
        return switch (operation.getOperationCase()) {
            case RETRY -> coordinator.operator().retryTransaction(operation.getRetry());
            case PARK -> coordinator.operator().parkTransaction(operation.getPark());
            case RESUME -> coordinator.operator().resumeTransaction(operation.getResume());
            case SKIP -> coordinator.operator().skipDelivery(operation.getSkip());
            case ABORT -> coordinator.transactions().abortTransaction(operation.getAbort());
            case DECIDE_APPROVAL -> coordinator.transactions().decideApproval(operation.getDecideApproval());
            case RESOLVE -> coordinator.operator().resolveBranch(operation.getResolve());
            case FORCE_FINISH -> coordinator.operator().forceFinishTransaction(operation.getForceFinish());
            case OPERATION_NOT_SET -> throw new IllegalStateException("not drawn");
        };
    }
}
