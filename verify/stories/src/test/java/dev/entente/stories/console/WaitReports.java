package dev.entente.stories.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Page;
import dev.entente.rig.RigCoordinator;
import dev.entente.stories.CommandRun;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.ListTransactionsRequest;
import dev.entente.v1.Parked;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionFilter;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.Waiting;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.util.Locale;
import java.util.ResourceBundle;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/** All reports of one coordinator about what a transaction waits for: page, RPCs, commands. For use by one thread. */
final class WaitReports implements AutoCloseable {
    private static final ResourceBundle MESSAGES =
            ResourceBundle.getBundle("dev.entente.server.console.messages", Locale.ROOT);
    private static final String STATE = "document.getElementById('now-state').textContent";

    private final RigCoordinator coordinator;
    private final Page page;
    private final StringBuilder figures;
    private final ManagedChannel channel;

    /**
     * An expected wait.
     * @param sentence a part of the reported sentence
     * @param onPage the text on the transaction's page
     */
    record Expected(
            String gid, Waiting.Kind kind, String sentence, String onPage, String participant, String blockedBy) {
        static Expected of(String gid, Waiting.Kind kind, String sentence, String participant) {
            return new Expected(gid, kind, sentence, sentence, participant, "");
        }

        static Expected parked(Parked.Reason reason, String participant) {
            String gid = "p-" + reason.name().toLowerCase(Locale.ROOT).replace('_', '-');
            String sentence = "for an operator, parked as " + reason;
            String onPage = MESSAGES.getString("reason." + reason);
            return new Expected(gid, Waiting.Kind.PARKED, sentence, onPage, participant, "");
        }

        Expected behind(String other) {
            return new Expected(gid, kind, sentence, onPage, participant, other);
        }

        private boolean isReportedBy(Transaction transaction) {
            Waiting waiting = transaction.getWaiting();
            return waiting.getKind() == kind
                    && waiting.getParticipant().equals(participant)
                    && waiting.getBlockedBy().equals(blockedBy)
                    && waiting.getSentence().contains(sentence);
        }

        /**
         * Returns whether a filter by kind finds the wait. At first, the coordinator does not know that a silent owner
         * is dead.
         */
        private boolean isFound() {
            return kind != Waiting.Kind.DEAD_OWNER;
        }
    }

    /** An operation that causes the wait. */
    interface Trigger {
        void run() throws Exception;
    }

    /** @param figures receives the milliseconds of each wait */
    WaitReports(RigCoordinator coordinator, Page page, StringBuilder figures) {
        this.coordinator = coordinator;
        this.page = page;
        this.figures = figures;
        this.channel = NettyChannelBuilder.forTarget(coordinator.ready().grpc())
                .usePlaintext()
                .build();
    }

    /** Opens the page, triggers the wait, and waits until page, RPCs and commands report the wait. */
    void verify(Expected wait, Trigger trigger) throws Exception {
        await("a page of " + wait).until(() -> {
            page.navigate("http://" + coordinator.ready().http() + "/transaction?gid=" + wait.gid());
            return page.querySelector("#live") != null;
        });
        page.waitForFunction("() => !document.getElementById('live').hidden");
        page.waitForFunction("text => !" + STATE + ".includes(text)", wait.onPage());
        page.evaluate("window.isKept = true");
        trigger.run();
        long began = System.nanoTime();
        String filter = wait.isFound() ? " --waiting " + wait.kind() : "";
        CompletableFuture<Long> got = since("GetTransaction " + wait, began, () -> wait.isReportedBy(get(wait.gid())));
        CompletableFuture<Long> listed = since("ListTransactions " + wait, began, () -> isListed(wait));
        CompletableFuture<Long> described =
                since("tx describe " + wait, began, () -> isPrinted(wait, "tx describe " + wait.gid()));
        CompletableFuture<Long> inList =
                since("tx list " + wait, began, () -> isPrinted(wait, "tx list --gid-prefix " + wait.gid() + filter));
        page.waitForFunction("text => " + STATE + ".includes(text)", wait.onPage());
        figures.append("; %s: page %d, get %d, list %d, describe %d, tx list %d"
                .formatted(
                        wait.kind() == Waiting.Kind.PARKED ? wait.gid() : wait.kind(),
                        millis(began),
                        got.join(),
                        listed.join(),
                        described.join(),
                        inList.join()));
        assertThat(page.evaluate("window.isKept"))
                .as("its page was not loaded again")
                .isEqualTo(true);
        page.navigate("http://" + coordinator.ready().http() + "/transactions?gid=" + wait.gid()
                + (wait.isFound() ? "&waits=" + wait.kind() : ""));
        page.waitForFunction("text => document.getElementById('rows').textContent.includes(text)", wait.sentence());
    }

    private Transaction get(String gid) {
        return TransactionServiceGrpc.newBlockingStub(channel)
                .getTransaction(GetTransactionRequest.newBuilder().setGid(gid).build());
    }

    private boolean isListed(Expected wait) {
        TransactionFilter.Builder filter = TransactionFilter.newBuilder().setGidPrefix(wait.gid());
        if (wait.isFound()) {
            filter.addWaiting(wait.kind());
        }
        return TransactionServiceGrpc.newBlockingStub(channel)
                .listTransactions(
                        ListTransactionsRequest.newBuilder().setFilter(filter).build())
                .getTransactionsList()
                .stream()
                .anyMatch(found -> found.getGid().equals(wait.gid()) && wait.isReportedBy(found));
    }

    private boolean isPrinted(Expected wait, String command) {
        String[] words = (command + " --target " + coordinator.ready().grpc()).split(" ", -1);
        return CommandRun.of(words).output().contains(wait.sentence());
    }

    private static CompletableFuture<Long> since(String description, long began, Callable<Boolean> isReported) {
        return CompletableFuture.supplyAsync(
                () -> {
                    await(description)
                            .pollDelay(Duration.ZERO)
                            .pollInterval(Duration.ofMillis(20))
                            .until(isReported);
                    return millis(began);
                },
                Thread::startVirtualThread);
    }

    private static long millis(long began) {
        return (System.nanoTime() - began) / 1_000_000;
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
