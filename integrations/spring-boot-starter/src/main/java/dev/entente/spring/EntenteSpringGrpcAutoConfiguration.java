package dev.entente.spring;

import dev.entente.participant.Barrier;
import dev.entente.participant.BranchInterceptor;
import dev.entente.participant.checks.CheckBackService;
import dev.entente.trace.Tracing;
import dev.entente.v1.ParticipantServiceGrpc;
import io.grpc.BindableService;
import io.grpc.ServerInterceptor;
import javax.sql.DataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.grpc.server.GlobalServerInterceptor;
import org.springframework.grpc.server.lifecycle.GrpcServerStartedEvent;

/**
 * Participants served by Spring gRPC. The interceptor that reads Entente's metadata is the innermost one of every
 * service. Exception handlers of Spring gRPC and of the application do not see its answers. Coordinators may query the
 * result of local transactions. Each call is a separate gRPC call, because the stream is not supported.
 */
@AutoConfiguration(after = {EntenteJdbcAutoConfiguration.class, EntenteAnnotationsAutoConfiguration.class})
@ConditionalOnClass(GlobalServerInterceptor.class)
@ConditionalOnProperty(name = "entente.grpc.port", matchIfMissing = true, havingValue = "none")
public class EntenteSpringGrpcAutoConfiguration {
    @Bean
    @GlobalServerInterceptor
    @Order(Ordered.LOWEST_PRECEDENCE)
    @ConditionalOnMissingBean(BranchInterceptor.class)
    ServerInterceptor ententeBranchInterceptor(UnguardedRpcs unguarded, ObjectProvider<Tracing> tracing) {
        return unguarded.behind(
                BranchInterceptor.recognizing(RejectedExceptions::in).tracing(tracing.getIfAvailable(Tracing::found)));
    }

    @Bean
    ApplicationListener<GrpcServerStartedEvent> ententeGrpcPort(OwnAddress own) {
        return started -> own.servesGrpc(started.getPort());
    }

    @Bean
    @ConditionalOnMissingBean(CheckBackService.class)
    @ConditionalOnBean(Barrier.class)
    @ConditionalOnSingleCandidate(DataSource.class)
    BindableService ententeCheckBack(ObjectProvider<Barrier> barriers, DataSource dataSource) {
        Barrier barrier = Databases.unlessUnknown(barriers::getObject);
        return barrier == null
                ? new ParticipantServiceGrpc.ParticipantServiceImplBase() {} // answers UNIMPLEMENTED
                : CheckBackService.of(barrier, dataSource);
    }
}
