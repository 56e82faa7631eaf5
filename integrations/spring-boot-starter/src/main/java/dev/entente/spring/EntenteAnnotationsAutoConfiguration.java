package dev.entente.spring;

import io.micrometer.observation.ObservationRegistry;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.web.context.reactive.ConfigurableReactiveWebEnvironment;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Role;
import org.springframework.core.env.Environment;
import org.springframework.transaction.interceptor.TransactionInterceptor;
import org.springframework.web.accept.ContentNegotiationManager;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerAdapter;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/** Makes {@link Barriered} and {@link dev.entente.idempotency.Idempotent} effective, or prevents the start. */
@AutoConfiguration(afterName = "org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration")
public class EntenteAnnotationsAutoConfiguration {
    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static MarkedBeans ententeMarkedBeans(ConfigurableListableBeanFactory beans, Environment environment) {
        return new MarkedBeans(beans, isReactive(environment));
    }

    /** Refuses paths in a reactive application, because its requests bypass servlet filters. */
    @Bean
    SmartInitializingSingleton ententeReactivePaths(EntenteProperties properties, Environment environment) {
        return () -> {
            if (isReactive(environment) && !properties.idempotency().paths().isEmpty()) {
                throw MarkedBeans.reactive("entente.idempotency.paths cannot work");
            }
        };
    }

    private static boolean isReactive(Environment environment) {
        return environment instanceof ConfigurableReactiveWebEnvironment;
    }

    @Bean
    UnguardedCalls ententeUnguardedCalls(ObjectProvider<ObservationRegistry> observations) {
        return new UnguardedCalls(() -> observations.getIfUnique(() -> ObservationRegistry.NOOP));
    }

    @Bean
    UnguardedRpcs ententeUnguardedRpcs(MarkedBeans beans, UnguardedCalls unguarded) {
        return new UnguardedRpcs(beans, unguarded);
    }

    /** Beans for Spring's transactions, if the application has them. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(TransactionInterceptor.class)
    static class Transactions {
        @Bean
        @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
        static CommittedRejections ententeCommittedNos() {
            return new CommittedRejections();
        }

        @Bean
        @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
        static OpenTransaction.Watch ententeOpenTransactions() {
            return new OpenTransaction.Watch();
        }
    }

    /** Beans for barriered handlers over HTTP. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(WebMvcConfigurer.class)
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
    static class Http {
        @Bean
        @ConditionalOnBean(name = "requestMappingHandlerAdapter")
        BarrieredHandlerAdapter ententeBarrieredHandlers(
                MarkedBeans beans,
                @Qualifier("requestMappingHandlerAdapter") RequestMappingHandlerAdapter adapter,
                @Qualifier("mvcContentNegotiationManager") ContentNegotiationManager negotiation) {
            return new BarrieredHandlerAdapter(beans, adapter, negotiation);
        }

        /** Inspects handlers before the first request, also those that are no beans. */
        @Bean
        static SmartInitializingSingleton ententeMappedHandlers(
                MarkedBeans beans, ObjectProvider<RequestMappingHandlerMapping> mappings) {
            return () -> mappings.stream()
                    .flatMap(mapping -> mapping.getHandlerMethods().values().stream())
                    .filter(handler -> !(handler.getBean() instanceof String))
                    .forEach(handler -> beans.require(handler.getBean(), handler.getBeanType()));
        }

        @Bean
        WebMvcConfigurer ententeBarrieredRequests(MarkedBeans beans, UnguardedCalls unguarded) {
            return new WebMvcConfigurer() {
                @Override
                public void addInterceptors(InterceptorRegistry registry) {
                    registry.addInterceptor(new BarrieredRequests(beans, unguarded));
                }
            };
        }
    }
}
