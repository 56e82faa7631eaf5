package dev.entente.faults.load;

import dev.entente.v1.ActPreview;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.OperateRequest;
import dev.entente.v1.PreviewActRequest;
import dev.entente.v1.ResolveBranchRequest;
import dev.entente.v1.Transaction;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * An operator who looks before each act, at whatever a run has left: what is done must be what was foretold. Acts are
 * bound to what was seen; where something came in between nothing is compared. For one thread.
 */
public final class PreviewedActs {
    private static final int KINDS = 8;
    private static final int TRIES = 4;
    /** ABORTED tells that something came in between. */
    private static final Set<Status.Code> PASSED_OVER = Set.of(
            Status.Code.UNAVAILABLE, Status.Code.DEADLINE_EXCEEDED, Status.Code.INVALID_ARGUMENT, Status.Code.ABORTED);

    private final Fleet fleet;
    private final Random random;
    private final List<String> lies = new ArrayList<>();
    private int compared;
    private int done;

    /** @param seed of the acts that are drawn */
    public PreviewedActs(Fleet fleet, long seed) {
        this.fleet = fleet;
        this.random = new Random(seed);
    }

    /**
     * Draws acts until so many were compared with their previews; blocks.
     *
     * @param gids what the acts are about
     * @param parked those among them that half of the acts are about
     */
    public void draw(List<String> gids, List<String> parked, int acts) {
        for (int i = 0; compared < acts && i < TRIES * acts && !gids.isEmpty(); i++) {
            List<String> some = parked.isEmpty() || random.nextBoolean() ? gids : parked;
            String gid = some.get(random.nextInt(some.size()));
            long draw = random.nextLong();
            try {
                OperatorDesk desk = fleet.desk(i);
                Transaction seen = desk.transactions()
                        .getTransaction(
                                GetTransactionRequest.newBuilder().setGid(gid).build());
                ActPreview preview = desk.operator().previewAct(act(seen, new Random(draw), 0, 0));
                if (!preview.getPutOff()) {
                    PreviewActRequest bound = act(seen, new Random(draw), preview.getRevision(), preview.getFence());
                    compare(fleet.desk(i + 1), bound, preview);
                }
            } catch (StatusRuntimeException unanswered) {
                unanswered(unanswered.getStatus());
            }
        }
    }

    /** What only a busy coordinator says, and what is no act of that pattern, is no finding: another act is drawn. */
    private void unanswered(Status status) {
        if (!PASSED_OVER.contains(status.getCode())) {
            lies.add("preview: not answered: " + status);
        }
    }

    private void compare(OperatorDesk desk, PreviewActRequest act, ActPreview preview) {
        String foretold = preview.hasRefused() ? preview.getRefused().getMessage() : state(preview.getAfter());
        String became;
        try {
            became = state(take(desk, act));
            done++;
        } catch (StatusRuntimeException refused) {
            became = String.valueOf(refused.getStatus().getDescription());
            if (refused.getStatus().getCode() != Status.Code.FAILED_PRECONDITION) {
                unanswered(refused.getStatus());
                return;
            }
        }
        compared++;
        if (preview.hasRefused() ? !became.contains(foretold) : !became.equals(foretold)) {
            lies.add("preview " + act + " foretold: " + foretold + "; it became: " + became);
        }
    }

    private static String state(Transaction transaction) {
        return transaction.getState() + " " + transaction.getParked().getReason();
    }

    private static PreviewActRequest act(Transaction seen, Random random, long revision, long fence) {
        OperateRequest.Builder plain = OperatorDesk.about(seen.getGid()).toBuilder()
                .setIfRevision(revision)
                .setIfFence(fence);
        PreviewActRequest.Builder act = PreviewActRequest.newBuilder();
        switch (random.nextInt(KINDS)) {
            case 0 -> act.setRetry(plain);
            case 1 -> act.setPark(plain);
            case 2 -> act.setResume(plain);
            case 3 -> act.setSkip(plain);
            case 4 ->
                act.getAbortBuilder()
                        .setGid(seen.getGid())
                        .setIfRevision(revision)
                        .setIfFence(fence);
            case 5 ->
                act.getForceFinishBuilder()
                        .setGid(seen.getGid())
                        .setAs(random.nextBoolean() ? Transaction.State.SUCCEEDED : Transaction.State.ABORTED)
                        .setReason("torture")
                        .setIfRevision(revision)
                        .setIfFence(fence);
            default -> state(act.getResolveBuilder().setIfRevision(revision).setIfFence(fence), seen, random);
        }
        return act.build();
    }

    /** States what may be true of one of its branches, or not. */
    private static void state(ResolveBranchRequest.Builder statement, Transaction seen, Random random) {
        List<BranchStatus> branches = seen.getBranchesList();
        BranchStatus branch =
                branches.isEmpty() ? BranchStatus.getDefaultInstance() : branches.get(random.nextInt(branches.size()));
        statement
                .setGid(seen.getGid())
                .setBranch(branch.getId())
                .setOp(branch.getCurrentOp().isEmpty() ? "action" : branch.getCurrentOp())
                .setReason("torture");
        switch (random.nextInt(3)) {
            case 0 -> statement.getDoneBuilder();
            case 1 -> statement.setUndone(true);
            default -> statement.setNeverHappened(true);
        }
    }

    private static Transaction take(OperatorDesk desk, PreviewActRequest act) {
        return switch (act.getActCase()) {
            case RETRY -> desk.operator().retryTransaction(act.getRetry());
            case PARK -> desk.operator().parkTransaction(act.getPark());
            case RESUME -> desk.operator().resumeTransaction(act.getResume());
            case SKIP -> desk.operator().skipDelivery(act.getSkip());
            case ABORT -> desk.transactions().abortTransaction(act.getAbort());
            case RESOLVE -> desk.operator().resolveBranch(act.getResolve());
            case FORCE_FINISH -> desk.operator().forceFinishTransaction(act.getForceFinish());
            case DECIDE_APPROVAL, ACT_NOT_SET -> throw new IllegalStateException("not drawn");
        };
    }

    /** Returns what previews said and acts did not do, for people. */
    public List<String> lies() {
        return List.copyOf(lies);
    }

    /** Returns how many acts were compared with their previews. */
    public int compared() {
        return compared;
    }

    /** Returns how many of these were not refused. */
    public int done() {
        return done;
    }
}
