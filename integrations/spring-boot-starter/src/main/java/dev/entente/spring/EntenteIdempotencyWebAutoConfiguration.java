package dev.entente.spring;

import dev.entente.idempotency.IdempotencyKeys;
import jakarta.servlet.Filter;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/** Idempotency keys before the configured paths, and the controllers' handlers that are marked. */
@AutoConfiguration(after = EntenteIdempotencyAutoConfiguration.class)
@ConditionalOnClass({
    IdempotencyKeys.class,
    Filter.class,
    FilterRegistrationBean.class,
    RequestMappingHandlerMapping.class
})
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnBean(IdempotencyKeys.class)
public class EntenteIdempotencyWebAutoConfiguration {
    /** Behind the filters of security, and the one that reads Entente's headers. */
    @Bean
    @ConditionalOnMissingBean(name = "ententeIdempotencyFilter")
    FilterRegistrationBean<IdempotentRequests> ententeIdempotencyFilter(
            ObjectProvider<IdempotencyKeys> keys,
            EntenteProperties properties,
            MarkedBeans beans,
            ObjectProvider<RequestMappingHandlerMapping> mappings) {
        FilterRegistrationBean<IdempotentRequests> filter = new FilterRegistrationBean<>(
                new IdempotentRequests(keys, properties.idempotency().paths(), beans, mappings));
        filter.setOrder(EntenteWebAutoConfiguration.ORDER + 1);
        return filter;
    }
}
