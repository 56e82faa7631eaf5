package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.StringValue;
import dev.entente.backends.PatientAwaits;
import dev.entente.participant.Rejection;
import dev.entente.spring.VerdictsApplication.Application;
import dev.entente.spring.VerdictsApplication.SoldOut;
import dev.entente.spring.VerdictsApplication.Stock;
import dev.entente.v1.BranchAnswer;
import dev.entente.v1.BranchCall;
import dev.entente.v1.ExecuteRequest;
import dev.entente.v1.ExecuteResponse;
import dev.entente.v1.ParticipantServiceGrpc;
import dev.entente.wire.ErrorDetails;
import io.grpc.BindableService;
import io.grpc.CallOptions;
import io.grpc.ClientInterceptors;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.grpc.server.GlobalServerInterceptor;
import org.springframework.grpc.server.GrpcServerFactory;
import org.springframework.grpc.server.exception.GrpcExceptionHandlerInterceptor;
import org.springframework.grpc.server.service.DefaultGrpcServiceConfigurer;
import org.springframework.grpc.server.service.GrpcServiceSpec;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Tests verdicts of gRPC services on the starter's server and behind Spring gRPC's exception handlers. */
final class GrpcVerdictsTest {
    private static final MethodDescriptor<StringValue, StringValue> TAKE =
            MethodDescriptor.<StringValue, StringValue>newBuilder()
                    .setType(MethodDescriptor.MethodType.UNARY)
                    .setFullMethodName("shop.Shop/Take")
                    .setRequestMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
                    .setResponseMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
                    .build();

    /** The client sends a single item, so the method is declared as server streaming. */
    private static final MethodDescriptor<ExecuteRequest, ExecuteResponse> EXECUTE =
            ParticipantServiceGrpc.getExecuteMethod().toBuilder()
                    .setType(MethodDescriptor.MethodType.SERVER_STREAMING)
                    .build();

    private static ConfigurableApplicationContext own;
    private static ConfigurableApplicationContext springs;
    private static Server springsServer;
    private static ManagedChannel toOwn;
    private static ManagedChannel toSprings;

    @Configuration(proxyBeanMethods = false)
    static class Served {
        @Bean
        BindableService shop(Stock stock, TransactionalBarrier barrier) {
            return () -> ServerServiceDefinition.builder("shop.Shop")
                    .addMethod(
                            TAKE,
                            ServerCalls.asyncUnaryCall(
                                    (request, answer) -> take(stock, barrier, request.getValue(), answer)))
                    .build();
        }

        private static void take(
                Stock stock, TransactionalBarrier barrier, String how, StreamObserver<StringValue> answer) {
            try {
                switch (how.replace("given-", "")) {
                    case "bare" -> throw new SoldOut("two are left");
                    case "bare-rejection" -> throw new Rejection("SOLD_OUT", "two are left");
                    case "behind" ->
                        barrier.run(() -> {
                            throw new SoldOut("two are left");
                        });
                    default -> stock.take(how.replace("given-", ""));
                }
            } catch (RuntimeException thrown) {
                if (!how.startsWith("given-")) {
                    throw thrown;
                }
                answer.onError(thrown);
            } catch (Exception checked) {
                answer.onError(checked);
            }
        }

        /** Creates the interceptor as Spring gRPC's configuration does for the application's exception handlers. */
        @Bean
        @GlobalServerInterceptor
        GrpcExceptionHandlerInterceptor catchesAll() {
            return new GrpcExceptionHandlerInterceptor(
                    failure -> Status.DATA_LOSS.withDescription("advice").asException());
        }
    }

    @BeforeAll
    static void start() throws Exception {
        own = started("--entente.grpc.port=0");
        springs = started();
        DefaultGrpcServiceConfigurer wiring = new DefaultGrpcServiceConfigurer(springs);
        wiring.afterPropertiesSet();
        GrpcServiceSpec spec = new GrpcServiceSpec(springs.getBean("shop", BindableService.class), null);
        springsServer = Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
                .addService(wiring.configure(spec, new Factory()))
                .build()
                .start();
        toOwn = channel(own.getBean(GrpcServerLifecycle.class).port());
        toSprings = channel(springsServer.getPort());
    }

    /** A factory that supports all interceptors. Its methods are never called. */
    private static final class Factory implements GrpcServerFactory {
        @Override
        public Server createServer() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void addService(ServerServiceDefinition service) {
            throw new UnsupportedOperationException();
        }
    }

    private static ConfigurableApplicationContext started(String... arguments) {
        ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class, Served.class)
                .web(WebApplicationType.NONE)
                .properties(
                        "spring.datasource.url=" + TestDatabase.url(),
                        "spring.jpa.hibernate.ddl-auto=none",
                        "entente.barrier.create-table=true")
                .run(arguments);
        context.getBean(JdbcClient.class).sql("create table taken (how text)").update();
        return context;
    }

    private static ManagedChannel channel(int port) {
        return Grpc.newChannelBuilder("127.0.0.1:" + port, InsecureChannelCredentials.create())
                .build();
    }

    @AfterAll
    static void stop() {
        toOwn.shutdownNow();
        toSprings.shutdownNow();
        springsServer.shutdownNow();
        own.close();
        springs.close();
    }

    private static ErrorDetails unary(ManagedChannel channel, String how, boolean isCoordinator) {
        Metadata headers = new Metadata();
        if (isCoordinator) {
            headers.put(Metadata.Key.of("entente-gid", Metadata.ASCII_STRING_MARSHALLER), "order-" + how);
            headers.put(Metadata.Key.of("entente-branch", Metadata.ASCII_STRING_MARSHALLER), "take");
            headers.put(Metadata.Key.of("entente-op", Metadata.ASCII_STRING_MARSHALLER), "action");
        }
        return ErrorDetails.of(catchThrowableOfType(
                StatusRuntimeException.class,
                () -> ClientCalls.blockingUnaryCall(
                        ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers)),
                        TAKE,
                        within(),
                        StringValue.of(how))));
    }

    private static CallOptions within() {
        return CallOptions.DEFAULT.withDeadlineAfter(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS);
    }

    private static BranchAnswer streamed(String how) {
        ExecuteRequest message = ExecuteRequest.newBuilder()
                .addCalls(BranchCall.newBuilder()
                        .setId(1)
                        .setMethod(TAKE.getFullMethodName())
                        .setPayload(StringValue.of(how).toByteString())
                        .setGid("order-" + how)
                        .setBranch("take")
                        .setOp("action"))
                .build();
        List<BranchAnswer> answers = new ArrayList<>();
        ClientCalls.blockingServerStreamingCall(toOwn, EXECUTE, within(), message)
                .forEachRemaining(response -> answers.addAll(response.getAnswersList()));
        return answers.get(0);
    }

    private static void assertNothingTaken() {
        for (ConfigurableApplicationContext context : new ConfigurableApplicationContext[] {own, springs}) {
            assertThat(context.getBean(JdbcClient.class)
                            .sql("select count(*) from taken where how <> 'checked'")
                            .query(Integer.class)
                            .single())
                    .isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "marked, FAILED_PRECONDITION, REJECTED, SOLD_OUT: two are left",
        "given-marked, FAILED_PRECONDITION, REJECTED, SOLD_OUT: two are left",
        "wrapped, FAILED_PRECONDITION, REJECTED, SOLD_OUT: two are left",
        "given-wrapped, FAILED_PRECONDITION, REJECTED, SOLD_OUT: two are left",
        "rejection, FAILED_PRECONDITION, REJECTED, SOLD_OUT: two are left",
        "behind, FAILED_PRECONDITION, REJECTED, SOLD_OUT: two are left",
        "given-behind, FAILED_PRECONDITION, REJECTED, SOLD_OUT: two are left",
        "outbox, UNIMPLEMENTED, ENT-094, ENT-094: misconfigured: the table entente_outbox is missing",
        "given-outbox, UNIMPLEMENTED, ENT-094, ENT-094: misconfigured: the table entente_outbox is missing",
        "bare, FAILED_PRECONDITION, '', dev.entente.spring.VerdictsApplication$SoldOut: two are left (no transaction",
        "given-bare, FAILED_PRECONDITION, '', dev.entente.spring.VerdictsApplication$SoldOut: two are left (no",
        "bare-rejection, FAILED_PRECONDITION, '', dev.entente.participant.Rejection: SOLD_OUT: two are left (no",
        "given-bare-rejection, FAILED_PRECONDITION, '', dev.entente.participant.Rejection: SOLD_OUT: two are left",
        "silent, FAILED_PRECONDITION, REJECTED, SOLD_OUT",
        "checked, UNIMPLEMENTED, ENT-089, ENT-089: dev.entente.spring.VerdictsApplication$CheckedNo",
        "hidden, UNIMPLEMENTED, ENT-089, ENT-089: dev.entente.spring.VerdictsApplication$CheckedNo"
    })
    void a_verdict_has_the_response_that_coordinators_expect(String how, String code, String reason, String message) {
        for (ManagedChannel channel : new ManagedChannel[] {toOwn, toSprings}) {
            ErrorDetails answer = unary(channel, how, true);
            assertThat(answer.code().name()).isEqualTo(code);
            assertThat(answer.reason()).isEqualTo(reason);
            assertThat(answer.message()).startsWith(message);
        }
        BranchAnswer streamed = streamed(how);
        assertThat(Status.fromCodeValue(streamed.getCode()).getCode().name()).isEqualTo(code);
        assertThat(streamed.getMessage()).startsWith(message);
        assertNothingTaken();
    }

    @Test
    void a_method_without_the_barrier_is_reported() {
        for (ConfigurableApplicationContext application : new ConfigurableApplicationContext[] {own, springs}) {
            ManagedChannel channel = application.equals(own) ? toOwn : toSprings;
            UnguardedCalls unguarded = application.getBean(UnguardedCalls.class);
            unguarded.clear();
            unary(channel, "marked", false);
            unary(channel, "behind", true);
            assertThat(unguarded.clear()).isEmpty();
            for (String how : new String[] {"marked", "given-marked", "other", "bare"}) {
                unary(channel, how, true);
                assertThat(unguarded.clear()).as(how).containsExactly("shop.Shop/Take");
            }
        }
        streamed("marked");
        assertThat(own.getBean(UnguardedCalls.class).clear()).containsExactly("shop.Shop/Take");
    }

    @ParameterizedTest
    @CsvSource({"other, true", "given-other, true", "marked, false", "given-marked, false"})
    void other_exceptions_and_other_callers_are_left_to_the_exception_handlers(String how, boolean isCoordinator) {
        assertThat(unary(toOwn, how, isCoordinator).code()).isEqualTo(Status.Code.UNKNOWN);
        assertThat(unary(toSprings, how, isCoordinator).message()).isEqualTo("advice");
        assertNothingTaken();
    }
}
