package dev.entente.spring;

import dev.entente.participant.BranchServletFilter;
import jakarta.servlet.Filter;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;

/** The filter that reads Entente's headers, and answers rejections as coordinators read them. */
@AutoConfiguration
@ConditionalOnClass({Filter.class, FilterRegistrationBean.class})
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnProperty(name = "entente.web.enabled", matchIfMissing = true)
public class EntenteWebAutoConfiguration {
    /** Behind the filters of security. */
    static final int ORDER = Ordered.LOWEST_PRECEDENCE - 100;

    @Bean
    @ConditionalOnMissingBean(name = "ententeBranchFilter")
    FilterRegistrationBean<BranchServletFilter> ententeBranchFilter() {
        FilterRegistrationBean<BranchServletFilter> filter = new FilterRegistrationBean<>(new BranchServletFilter());
        filter.setOrder(ORDER);
        return filter;
    }
}
