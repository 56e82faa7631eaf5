package dev.entente.faults.siege.attack;

import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.WatchTransactionRequest;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** Watches without end of some transactions; one that ends is opened again. Thread-safe. */
final class Watchers {
    private static final int MOST_OPEN = 6000;

    private final Guest guest;
    private final List<String> gids;
    private final Raid raid;
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger turn = new AtomicInteger();

    Watchers(Guest guest, List<String> gids, Raid raid) {
        this.guest = guest;
        this.gids = gids;
        this.raid = raid;
    }

    /** Opens them until the raid is over. Blocks. */
    void open() throws InterruptedException {
        TransactionServiceGrpc.TransactionServiceStub stub = TransactionServiceGrpc.newStub(guest.with(Map.of()));
        while (raid.goesOn()) {
            if (open.get() >= MOST_OPEN) {
                Thread.sleep(10);
                continue;
            }
            open.incrementAndGet();
            raid.tried();
            stub.watchTransaction(next(), new Watcher());
            Thread.sleep(1);
        }
    }

    private WatchTransactionRequest next() {
        return WatchTransactionRequest.newBuilder()
                .setGid(gids.get(turn.getAndIncrement() % gids.size()))
                .setAfterRevision(Long.MAX_VALUE)
                .build();
    }

    private final class Watcher implements StreamObserver<Transaction> {
        @Override
        public void onNext(Transaction value) {
            // Nobody is interested.
        }

        @Override
        public void onError(Throwable refused) {
            open.decrementAndGet();
        }

        @Override
        public void onCompleted() {
            open.decrementAndGet();
        }
    }
}
