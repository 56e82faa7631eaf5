package dev.entente.server.participant.grpc;

import static dev.entente.server.participant.ParticipantConfig.plaintext;
import static dev.entente.server.participant.grpc.CallFixture.participants;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.MethodDescriptorProto;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import com.google.protobuf.Descriptors.MethodDescriptor;
import dev.entente.backends.PatientAwaits;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.Target;
import io.grpc.Context;
import io.grpc.reflection.v1.FileDescriptorResponse;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Limits on the cost of reflection with content from a hostile participant. */
class HostileReflectionTest {
    private static final Target.Grpc PAY = new Target.Grpc("shop", "a.Shop/Pay");
    private static final int MEBIBYTE = 1 << 20;

    private final Shop shop = new Shop();
    private final AtomicLong nanos = new AtomicLong(System.nanoTime());
    private final LoopbackParticipant server = LoopbackParticipant.with(shop.bindService());
    private final GrpcParticipants participants = participants(plaintext("shop", server.target()));
    private final Descriptors descriptors = new Descriptors(participants, nanos::get);
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    @AfterEach
    void close() {
        shop.released.countDown();
        threads.shutdownNow();
        participants.close();
        server.close();
    }

    /** Reflection with responses that the test sets. */
    private static final class Shop extends ServerReflectionGrpc.ServerReflectionImplBase {
        private final AtomicInteger questions = new AtomicInteger();
        private final AtomicInteger cancelled = new AtomicInteger();
        private final CountDownLatch released = new CountDownLatch(1);
        private volatile boolean isHeld;
        private volatile int responsesPerQuery = 1;
        /** Encoded, because the coordinator waits only a few seconds for a response. */
        private volatile ByteString file = shopFile().toByteString();

        private volatile boolean reportsWithoutEnd;

        @Override
        public StreamObserver<ServerReflectionRequest> serverReflectionInfo(
                StreamObserver<ServerReflectionResponse> answers) {
            ((ServerCallStreamObserver<ServerReflectionResponse>) answers)
                    .setOnCancelHandler(cancelled::incrementAndGet);
            return new StreamObserver<>() {
                @Override
                public void onNext(ServerReflectionRequest question) {
                    int number = questions.incrementAndGet();
                    var _ = CompletableFuture.runAsync(() -> report(number, answers));
                }

                @Override
                public void onError(Throwable gone) {}

                @Override
                public void onCompleted() {}
            };
        }

        private void report(int number, StreamObserver<ServerReflectionResponse> answers) {
            try {
                if (isHeld) {
                    released.await();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            FileDescriptorResponse.Builder reported = FileDescriptorResponse.newBuilder();
            reported.addFileDescriptorProto(reportsWithoutEnd ? large(number).toByteString() : file);
            for (int i = 0; i < responsesPerQuery; i++) {
                answers.onNext(ServerReflectionResponse.newBuilder()
                        .setFileDescriptorResponse(reported)
                        .build());
            }
        }
    }

    private static FileDescriptorProto shopFile() {
        return FileDescriptorProto.newBuilder()
                .setName("shop.proto")
                .setPackage("a")
                .addMessageType(DescriptorProto.newBuilder().setName("Order"))
                .addService(ServiceDescriptorProto.newBuilder()
                        .setName("Shop")
                        .addMethod(MethodDescriptorProto.newBuilder()
                                .setName("Pay")
                                .setInputType(".a.Order")
                                .setOutputType(".a.Order")))
                .build();
    }

    /** Returns a file of one mebibyte that imports the next file. */
    private static FileDescriptorProto large(int number) {
        return FileDescriptorProto.newBuilder()
                .setName(number == 1 ? "shop.proto" : "f" + number)
                .addDependency("f" + (number + 1))
                .addMessageType(DescriptorProto.newBuilder().setName("M" + number + "x".repeat(MEBIBYTE)))
                .build();
    }

    private List<CompletableFuture<MethodDescriptor>> ask(int times) {
        return IntStream.range(0, times)
                .mapToObj(_ -> CompletableFuture.supplyAsync(() -> descriptors.require(PAY), threads))
                .toList();
    }

    @Test
    void an_endless_chain_of_files_is_read_up_to_4_MiB() {
        shop.reportsWithoutEnd = true;
        assertThatThrownBy(() -> descriptors.require(PAY))
                .hasMessageContaining("ENT-024")
                .hasMessageContaining("its descriptors are larger than 4 MiB");
        assertThat(shop.questions).hasValueLessThan(7);
    }

    @Test
    void too_many_descriptor_elements_are_refused() {
        DescriptorProto.Builder order = DescriptorProto.newBuilder().setName("Order");
        IntStream.rangeClosed(1, 100_000)
                .forEach(i -> order.addField(
                        FieldDescriptorProto.newBuilder().setName("f" + i).setNumber(i)));
        shop.file = shopFile().toBuilder().setMessageType(0, order).build().toByteString();
        assertThatThrownBy(() -> descriptors.require(PAY)).hasMessageContaining("100000 elements");
    }

    @Test
    void a_failed_reflection_query_is_not_repeated_for_a_few_seconds() {
        shop.reportsWithoutEnd = true;
        assertThatThrownBy(() -> descriptors.require(PAY)).isInstanceOf(Refusal.class);
        int before = shop.questions.get();
        assertThatThrownBy(() -> descriptors.require(PAY)).hasMessageContaining("larger than 4 MiB");
        assertThat(shop.questions).hasValue(before);

        shop.reportsWithoutEnd = false;
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(3));
        assertThat(descriptors.require(PAY).getInputType().getFullName()).isEqualTo("a.Order");
    }

    @Test
    void concurrent_requests_share_one_reflection_query() {
        shop.isHeld = true;
        List<CompletableFuture<MethodDescriptor>> all = ask(20);
        await().until(() -> shop.questions.get() > 0);
        nanos.incrementAndGet(); // so that the response is later than the queries
        shop.released.countDown();

        assertThat(all).allSatisfy(one -> assertThat(one).succeedsWithin(PatientAwaits.BOUND));
        assertThat(shop.questions).hasValue(1);
    }

    @Test
    void requests_beyond_the_limit_are_refused_and_can_be_repeated() {
        shop.isHeld = true;
        List<CompletableFuture<MethodDescriptor>> all = ask(52);
        await().until(() -> all.stream().filter(CompletableFuture::isDone).count() >= 10);
        assertThat(all)
                .filteredOn(CompletableFuture::isDone)
                .allSatisfy(one -> assertThat(one)
                        .failsWithin(PatientAwaits.BOUND)
                        .withThrowableThat()
                        .havingCause()
                        .isInstanceOfSatisfying(
                                Refusal.class,
                                refusal -> assertThat(refusal.retryAfter()).isNotNull())
                        .withMessageContaining("too many requests for its descriptors are in progress"));
        nanos.incrementAndGet();
        shop.released.countDown();
        await().until(() -> all.stream().allMatch(CompletableFuture::isDone));
        assertThat(descriptors.require(PAY)).isNotNull();
    }

    @Test
    void a_reflection_query_is_cancelled_when_its_client_leaves() {
        shop.isHeld = true;
        Context.CancellableContext client = Context.current().withCancellation();
        CompletableFuture<MethodDescriptor> left = CompletableFuture.supplyAsync(
                () -> {
                    Context before = client.attach();
                    try {
                        return descriptors.require(PAY);
                    } finally {
                        client.detach(before);
                    }
                },
                threads);
        await().until(() -> shop.questions.get() > 0);
        client.cancel(null);

        assertThat(left).failsWithin(PatientAwaits.BOUND).withThrowableOfType(ExecutionException.class);
        await().until(() -> shop.cancelled.get() > 0);
        shop.released.countDown();
        assertThat(descriptors.require(PAY)).as("nothing is held against it").isNotNull();
    }

    @Test
    void a_query_with_extra_responses_succeeds_and_is_cancelled() {
        shop.responsesPerQuery = 50;
        assertThat(descriptors.require(PAY)).isNotNull();
        await().until(() -> shop.cancelled.get() > 0);
    }

    @Test
    void invalid_descriptors_are_reported_without_an_exception_name() {
        shop.file = shopFile().toBuilder().clearMessageType().build().toByteString();
        assertThatThrownBy(() -> descriptors.require(PAY))
                .hasMessageContaining("its descriptors are inconsistent")
                .hasMessageNotContaining("Exception");
    }
}
