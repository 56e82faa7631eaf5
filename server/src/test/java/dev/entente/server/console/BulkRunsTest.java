package dev.entente.server.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.server.console.part.Language;
import dev.entente.server.console.part.Part;
import dev.entente.server.console.part.Query;
import dev.entente.server.console.part.Texts;
import dev.entente.v1.OperateMatchingRequest;
import dev.entente.v1.OperateMatchingResponse;
import dev.entente.v1.OperatorServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Acts on many at a coordinator that tells of one transaction out of three, and then of no other. */
class BulkRunsTest {
    private final Queue<ServerCallStreamObserver<OperateMatchingResponse>> clients = new ConcurrentLinkedQueue<>();
    private final BulkRuns runs = new BulkRuns();
    private Server server;
    private ManagedChannel channel;

    @BeforeEach
    void start() throws IOException {
        server = InProcessServerBuilder.forName("bulk-runs")
                .addService(new OperatorServiceGrpc.OperatorServiceImplBase() {
                    @Override
                    public void operateMatching(
                            OperateMatchingRequest request, StreamObserver<OperateMatchingResponse> client) {
                        var call = (ServerCallStreamObserver<OperateMatchingResponse>) client;
                        call.setOnCancelHandler(() -> {});
                        client.onNext(OperateMatchingResponse.newBuilder()
                                .setGid("a")
                                .setMatched(3)
                                .setApplied(true)
                                .build());
                        clients.add(call);
                    }
                })
                .build()
                .start();
        channel = InProcessChannelBuilder.forName("bulk-runs").build();
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        server.shutdownNow();
    }

    private BulkRun begin() {
        return Objects.requireNonNull(tried());
    }

    private @Nullable BulkRun tried() {
        return runs.begin(
                Query.of("gid=a&act=retry"),
                channel.newCall(OperatorServiceGrpc.getOperateMatchingMethod(), CallOptions.DEFAULT),
                OperateMatchingRequest.getDefaultInstance());
    }

    @Test
    void one_under_way_tells_how_far_it_is_and_can_be_stopped() {
        BulkRun run = begin();
        await().until(() -> run.progress().done() == 1);
        assertThat(run.progress().matched()).isEqualTo(3);
        assertThat(run.isOver()).isFalse();
        assertThat(runs.find(run.query().get("run"))).isSameAs(run);

        run.stop();

        await().until(run::isOver);
        assertThat(run.progress().broken()).isEqualTo("stopped");
        await().until(() -> clients.element().isCancelled());
    }

    @Test
    void no_more_than_sixteen_are_kept_and_none_under_way_is_forgotten() {
        BulkRun ended = begin();
        IntStream.range(1, 16).forEach(_ -> begin());
        assertThat(tried()).isNull();
        await().until(() -> clients.size() == 16);

        ended.stop();
        await().until(ended::isOver);

        BulkRun next = begin();
        assertThat(runs.all()).hasSize(16).contains(next).doesNotContain(ended);
    }

    private static String sentence(BulkPage.Run run) {
        Part<List<OperateMatchingResponse>> none = Part.of(List.of());
        TransactionQuery asked = new TransactionQuery(run.query());
        Texts texts = Texts.of(Language.ENGLISH);
        return new BulkPage(asked, none, Part.failed(""), "", run, List.of(), texts).sentence(run);
    }

    @Test
    void refusals_of_one_code_name_the_first_of_them() {
        BulkRun run = begin();
        await().until(() -> !clients.isEmpty());
        await().until(() -> run.progress().done() == 1);
        assertThat(run.progress().outcome()).isEqualTo("done");
        clients.element()
                .onNext(OperateMatchingResponse.newBuilder()
                        .setGid("so")
                        .setApplied(true)
                        .setUnchanged(true)
                        .setMatched(101)
                        .build());
        await().until(() -> run.progress().unchanged() == 1);
        assertThat(run.progress().done()).isEqualTo(1);
        assertThat(run.progress().outcome()).isEqualTo("some");
        for (int i = 0; i < 100; i++) {
            OperateMatchingResponse.Builder refused =
                    OperateMatchingResponse.newBuilder().setGid("r" + i).setMatched(101);
            refused.getErrorBuilder().setCode("ENT-045").setMessage("ENT-045: no. " + i);
            clients.element().onNext(refused.build());
        }
        OperateMatchingResponse.Builder unknown =
                OperateMatchingResponse.newBuilder().setGid("u").setMatched(101);
        unknown.getErrorBuilder().setCode("ENT-053").setMessage("ENT-053: it cannot be reached");
        clients.element().onNext(unknown.build());
        clients.element().onCompleted();

        await().until(run::isOver);
        assertThat(sentence(run.progress()))
                .isEqualTo("Retry: 1 of 101 done, 1 stood so already, 100 refused, 1 not known");
        assertThat(run.progress().refused())
                .filteredOn(group -> !group.isOpen())
                .singleElement()
                .satisfies(group -> {
                    assertThat(group.count()).isEqualTo(100);
                    assertThat(group.why()).isEqualTo("ENT-045: no. 0");
                    assertThat(group.gids()).hasSize(20).startsWith("r0", "r1");
                });
        assertThat(run.progress().outcome()).isEqualTo("some");
    }
}
