package dev.entente.spring;

import dev.entente.participant.BranchServletFilter;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** Reads Entente's headers, and converts exceptions and statuses to answers for coordinators. */
@AutoConfiguration
@EnableConfigurationProperties(EntenteProperties.class)
@ConditionalOnClass({Filter.class, FilterRegistrationBean.class})
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnProperty(name = "entente.web.enabled", matchIfMissing = true)
public class EntenteWebAutoConfiguration {
    /** After the security filters. */
    static final int ORDER = Ordered.LOWEST_PRECEDENCE - 100;

    @Bean
    @ConditionalOnMissingBean(name = "ententeBranchFilter")
    FilterRegistrationBean<BranchServletFilter> ententeBranchFilter() {
        FilterRegistrationBean<BranchServletFilter> filter = new FilterRegistrationBean<>(new BranchServletFilter());
        filter.setOrder(ORDER);
        filter.setDispatcherTypes(DispatcherType.REQUEST, DispatcherType.ASYNC);
        return filter;
    }

    /** Runs before the security filters, so that it also maps the statuses of their responses. */
    @Bean
    FilterRegistrationBean<OutcomesFilter> ententeOutcomesFilter(EntenteProperties properties) {
        FilterRegistrationBean<OutcomesFilter> filter =
                new FilterRegistrationBean<>(new OutcomesFilter(properties.web().outcomes()));
        filter.setOrder(Ordered.HIGHEST_PRECEDENCE + 100);
        filter.setDispatcherTypes(DispatcherType.REQUEST, DispatcherType.ASYNC, DispatcherType.ERROR);
        return filter;
    }

    /** Spring MVC, if the application has it. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(HandlerExceptionResolver.class)
    static class Mvc {
        @Bean
        VerdictResolver ententeVerdictResolver() {
            return new VerdictResolver();
        }

        @Bean
        WebMvcConfigurer ententeVerdictInterceptor(VerdictResolver resolver) {
            return new WebMvcConfigurer() {
                @Override
                public void addInterceptors(InterceptorRegistry registry) {
                    registry.addInterceptor(resolver).order(Ordered.HIGHEST_PRECEDENCE);
                }
            };
        }
    }
}
