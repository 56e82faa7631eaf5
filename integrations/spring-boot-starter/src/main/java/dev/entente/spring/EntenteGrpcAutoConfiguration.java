package dev.entente.spring;

import dev.entente.participant.Barrier;
import dev.entente.participant.BranchInterceptor;
import dev.entente.participant.CallSignature;
import dev.entente.participant.wiring.ParticipantWiring;
import dev.entente.trace.Tracing;
import io.grpc.BindableService;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.ServerInterceptors;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.grpc.server.lifecycle.GrpcServerStartedEvent;

/**
 * A gRPC server for applications without Spring gRPC, if {@code entente.grpc.port} is set. The server serves all beans
 * that are {@link BindableService}s, wired as participants.
 */
@AutoConfiguration(after = {EntenteJdbcAutoConfiguration.class, EntenteAnnotationsAutoConfiguration.class})
@ConditionalOnProperty("entente.grpc.port")
public class EntenteGrpcAutoConfiguration {
    private static final int MAX_WAITING = 10_000;

    /**
     * Creates the server, with TLS if there is a bean of {@link ServerCredentials}. The barrier answers repeated calls,
     * and coordinators' questions about local transactions.
     */
    @Bean
    @ConditionalOnMissingBean
    GrpcServerLifecycle ententeGrpcServer(
            EntenteProperties properties,
            ObjectProvider<BindableService> services,
            UnguardedRpcs unguarded,
            ObjectProvider<Barrier> barrier,
            ObjectProvider<DataSource> dataSource,
            ObjectProvider<CallSignature> signature,
            ObjectProvider<ServerCredentials> credentials,
            ObjectProvider<IdempotentCalls> keys,
            ObjectProvider<Tracing> tracing,
            ObjectProvider<ParticipantWiringCustomizer> customizers) {
        EntenteProperties.GrpcServer settings = properties.grpc();
        // With a full queue the connection's thread runs the handler, and therefore accepts no more calls meanwhile.
        Supplier<ExecutorService> threads = () -> WrongSetup.check("entente.grpc", () -> {
            if (settings.threads() < 1) {
                throw new IllegalArgumentException("threads is " + settings.threads() + "; use at least 1");
            }
            return new ThreadPoolExecutor(
                    settings.threads(),
                    settings.threads(),
                    1,
                    TimeUnit.MINUTES,
                    new LinkedBlockingQueue<>(MAX_WAITING),
                    new ThreadPoolExecutor.CallerRunsPolicy());
        });
        ServerCredentials given = credentials.getIfUnique(InsecureServerCredentials::create);
        Function<ExecutorService, Server> servers = handlers -> {
            ParticipantWiring wiring = ParticipantWiring.of(handlers).recognizing(RejectedExceptions::in);
            services.orderedStream()
                    .map(service -> ServerInterceptors.intercept(service, unguarded))
                    .forEach(wiring::service);
            Barrier one = Databases.unlessUnknown(barrier::getIfUnique);
            if (one != null) {
                dataSource.ifUnique(database -> wiring.barrier(one, database).checkBack(one, database));
            }
            signature.ifUnique(wiring::signedWith);
            keys.ifUnique(wiring::intercept);
            tracing.ifAvailable(wiring::tracing);
            customizers.orderedStream().forEach(customizer -> customizer.customize(wiring));
            int port = settings.port() == null ? 0 : settings.port();
            return wiring.on(WrongSetup.check("entente.grpc", () -> Grpc.newServerBuilderForPort(port, given)))
                    .build();
        };
        return new GrpcServerLifecycle(threads, servers, !(given instanceof InsecureServerCredentials));
    }

    /** Refuses Spring gRPC's server beside this one: it would serve the beans without {@link BranchInterceptor}. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(GrpcServerStartedEvent.class)
    static class OneServer {
        @Bean
        ApplicationListener<GrpcServerStartedEvent> ententeOneGrpcServer() {
            return started -> {
                if (started.getPort() >= 0) { // in-process servers have no port
                    throw new WrongSetup(
                            "entente.grpc.port starts a gRPC server in addition to the server of Spring gRPC, and both"
                                    + " serve all beans",
                            "remove entente.grpc.port, or set spring.grpc.server.enabled=false",
                            null);
                }
            };
        }
    }
}
