package dev.entente.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.util.Durations;
import dev.entente.server.app.SamplePlans;
import dev.entente.server.app.TwoCoordinators;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.CallPolicy;
import dev.entente.v1.Plan;
import dev.entente.v1.Transaction;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Requests that are forwarded to an owner that sends nothing for longer than two PINGs. */
@Tag("deep")
@Tag("coordinators")
final class SilentOwnerTest {
    private static final byte[] SETTINGS = {0, 0, 0, 4, 0, 0, 0, 0, 0};

    private static TwoCoordinators both;

    @BeforeAll
    static void start() throws IOException {
        both = new TwoCoordinators(null, null);
    }

    @AfterAll
    static void stop() {
        both.close();
    }

    private static void assertReportedUnavailable(String gid, ServerSocket silent) throws Exception {
        try (OtherCoordinator unresponsive =
                new OtherCoordinator(both.first, gid, "127.0.0.1:" + silent.getLocalPort())) {
            both.first.submit(SamplePlans.scheduled(gid));
            unresponsive.takeOwnership(gid);
            Refused refused = Refused.by(() -> both.first.abort(gid));
            assertThat(refused.code()).isEqualTo("ENT-053");
            assertThat(refused.message()).contains("UNAVAILABLE", "may have been processed");
            assertThat(both.first.get(gid).getState()).isEqualTo(Transaction.State.SCHEDULED);
        }
    }

    @Test
    void a_silent_owner_with_an_open_connection_is_reported_unavailable() throws Exception {
        try (ExecutorService thread = Executors.newVirtualThreadPerTaskExecutor();
                ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Future<Socket> greeted = thread.submit(() -> {
                Socket asking = silent.accept();
                asking.getOutputStream().write(SETTINGS);
                return asking;
            });
            assertReportedUnavailable("greeted", silent);
            greeted.get().close();
            assertReportedUnavailable("accepted", silent);
        }
    }

    @Test
    void an_owner_that_answers_pings_is_awaited_and_its_response_returned() {
        Plan.Builder plan = SamplePlans.calling("slow", "Hang").toBuilder();
        plan.getSagaBuilder()
                .getStepsBuilder(0)
                .getActionBuilder()
                .setPolicy(CallPolicy.newBuilder().setTimeout(Durations.fromSeconds(25)));
        both.second.submit(plan.build());
        await().until(() -> both.second.get("slow").getBranches(0).getState() == BranchStatus.State.CALLED);
        assertThat(both.first.abort("slow").getState()).isIn(Transaction.State.UNDOING, Transaction.State.ABORTED);
    }
}
