package dev.entente.simulation;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.AcceptResult;
import dev.entente.server.store.DueWork;
import dev.entente.server.store.NewTransaction;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.OwnedRow;
import dev.entente.server.store.Predecessor;
import dev.entente.server.store.RowWrite;
import dev.entente.server.store.StoredTransaction;
import dev.entente.server.store.TransactionStore;
import dev.entente.server.store.WriteResult;
import dev.entente.simulation.mutant.Mutant;
import dev.entente.simulation.mutant.QueueMutants;
import dev.entente.simulation.world.Crasher;
import dev.entente.simulation.world.KillPoint;
import dev.entente.simulation.world.SingleCheck;
import dev.entente.simulation.world.VirtualProcess;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The store as seen by one process: answers wait while the process is stopped, and it can be killed at each step. */
record TappedStore(
        TransactionStore inner,
        VirtualProcess process,
        Crasher crasher,
        Mutant mutant,
        UnansweredClaims claims,
        SingleCheck oneLook)
        implements TransactionStore {

    @Override
    public long incarnation() {
        return inner.incarnation();
    }

    @Override
    public long fenceFloor() {
        return inner.fenceFloor();
    }

    @Override
    public CompletableFuture<AcceptResult> accept(NewTransaction transaction) {
        CompletableFuture<AcceptResult> durable =
                oneLook.during(transaction.gid(), tapped(KillPoint.ACCEPT, () -> inner.accept(transaction)));
        boolean isRash = mutant == Mutant.CALL_BEFORE_ACCEPT && transaction.dueIn() == null;
        return isRash ? CompletableFuture.completedFuture(new AcceptResult.Accepted()) : durable;
    }

    @Override
    public CompletableFuture<WriteResult> write(RowWrite write) {
        return tapped(point(write), () -> inner.write(write));
    }

    private static KillPoint point(RowWrite write) {
        if (write.takes()) {
            return KillPoint.TAKE;
        }
        return switch (write.change()) {
            case RowWrite.Finish _ -> KillPoint.FINISH;
            case RowWrite.Release rest -> rest.parked() == null ? KillPoint.SLEEP : KillPoint.PARK;
            case RowWrite.Flush flush -> flush.state() == TransactionState.RUNNING ? KillPoint.FLUSH : KillPoint.DECIDE;
        };
    }

    @Override
    public CompletableFuture<@Nullable ByteString> register(String gid, ByteString branch, int maxPlanBytes) {
        return tapped(KillPoint.REGISTER, () -> inner.register(gid, branch, maxPlanBytes));
    }

    @Override
    public CompletableFuture<@Nullable StoredTransaction> read(String gid) {
        return process.received(inner.read(gid));
    }

    @Override
    public CompletableFuture<@Nullable Predecessor> ahead(String gid, String delivery) {
        CompletableFuture<@Nullable Predecessor> ahead = process.received(inner.ahead(gid, delivery));
        return mutant == Mutant.CAPACITY_AHEAD_UNSEEN ? ahead.thenApply(QueueMutants::withoutNeed) : ahead;
    }

    @Override
    public CompletableFuture<Map<String, Long>> revs(List<String> gids) {
        return process.received(inner.revs(gids));
    }

    @Override
    public CompletableFuture<DueWork> due() {
        return process.received(inner.due());
    }

    @Override
    public CompletableFuture<List<OpenRow>> claimDue(int bucket, int limit, long bytes) {
        return claimed(() -> inner.claimDue(bucket, limit, bytes));
    }

    @Override
    public CompletableFuture<List<OpenRow>> claimHeldBack(String participant, boolean onlyDue, int limit, long bytes) {
        return claimed(() -> inner.claimHeldBack(participant, onlyDue, limit, bytes));
    }

    @Override
    public CompletableFuture<List<OpenRow>> adopt(long deadIncarnation, String afterGid, int limit, long bytes) {
        return claimed(() -> inner.adopt(deadIncarnation, afterGid, limit, bytes));
    }

    @Override
    public CompletableFuture<List<OwnedRow>> owned(String afterGid, int limit) {
        CompletableFuture<List<OwnedRow>> owned = process.received(inner.owned(afterGid, limit));
        return mutant == Mutant.STRAYS_LOOKED_FOR_ONCE ? owned.thenApply(oneLook::left) : owned;
    }

    private CompletableFuture<List<OpenRow>> claimed(Supplier<CompletableFuture<List<OpenRow>>> claim) {
        return claims.answer(tapped(KillPoint.CLAIM, claim));
    }

    private <T extends @Nullable Object> CompletableFuture<T> tapped(
            KillPoint point, Supplier<CompletableFuture<T>> work) {
        return process.isDead() ? new CompletableFuture<>() : process.received(crasher.pass(point, work));
    }

    @Override
    public void close() {
        inner.close();
    }
}
