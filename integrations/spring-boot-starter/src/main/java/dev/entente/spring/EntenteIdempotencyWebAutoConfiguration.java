package dev.entente.spring;

import dev.entente.idempotency.IdempotencyKeys;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletContext;
import jakarta.servlet.SessionCookieConfig;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.util.function.BiConsumer;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.PropertyMapper;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.session.web.http.CookieHttpSessionIdResolver;
import org.springframework.session.web.http.CookieSerializer;
import org.springframework.session.web.http.DefaultCookieSerializer;
import org.springframework.session.web.http.HttpSessionIdResolver;
import org.springframework.session.web.http.SessionRepositoryFilter;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/** Idempotency keys for the configured paths, and for marked handlers of controllers. */
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
    /** Runs after the security filters and the filter that reads Entente's headers. */
    @Bean
    @ConditionalOnMissingBean(name = "ententeIdempotencyFilter")
    FilterRegistrationBean<IdempotentRequests> ententeIdempotencyFilter(
            ObjectProvider<IdempotencyKeys> keys,
            EntenteProperties properties,
            MarkedBeans beans,
            ObjectProvider<RequestMappingHandlerMapping> mappings,
            ObjectProvider<SessionHeaders> sessions) {
        FilterRegistrationBean<IdempotentRequests> filter = new FilterRegistrationBean<>(new IdempotentRequests(
                keys, properties.idempotency().paths(), beans, mappings, sessions.getIfAvailable(() ->
                        (request, response) -> {})));
        filter.setOrder(EntenteWebAutoConfiguration.ORDER + 1);
        return filter;
    }

    /** Sets the headers of a session. */
    interface SessionHeaders extends BiConsumer<HttpServletRequest, HttpServletResponse> {}

    /**
     * Adds the cookie of Spring Session before the response is stored. By itself Spring Session adds the cookie later,
     * when the HTTP response is committed.
     */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(HttpSessionIdResolver.class)
    static class SpringSessions {
        private static final String USED_SESSION = SessionRepositoryFilter.SESSION_REPOSITORY_ATTR + ".CURRENT_SESSION";

        @Bean
        SessionHeaders ententeSessionHeaders(
                ListableBeanFactory beans,
                ObjectProvider<HttpSessionIdResolver> resolvers,
                ObjectProvider<CookieSerializer> serializers,
                ServletContext container) {
            if (beans.getBeanNamesForType(SessionRepositoryFilter.class, true, false).length == 0) {
                return (request, response) -> {}; // the container's own sessions
            }
            HttpSessionIdResolver resolver = resolvers.getIfAvailable(() -> {
                CookieHttpSessionIdResolver cookies = new CookieHttpSessionIdResolver();
                cookies.setCookieSerializer(
                        serializers.getIfAvailable(() -> cookies(container.getSessionCookieConfig())));
                return cookies;
            });
            return (request, response) -> {
                boolean isUsed = request.getAttribute(USED_SESSION) != null; // avoids a read of the session's store
                HttpSession session = isUsed ? request.getSession(false) : null;
                if (session != null && !session.getId().equals(request.getRequestedSessionId())) {
                    resolver.setSessionId(request, response, session.getId());
                }
            };
        }

        /** Returns the serializer that Spring Session creates for an application without one. */
        private static CookieSerializer cookies(SessionCookieConfig container) {
            DefaultCookieSerializer cookies = new DefaultCookieSerializer();
            PropertyMapper properties = PropertyMapper.get();
            properties.from(container::getName).to(cookies::setCookieName);
            properties.from(container::getDomain).to(cookies::setDomainName);
            properties.from(container::getPath).to(cookies::setCookiePath);
            properties.from(container::getMaxAge).when(seconds -> seconds >= 0).to(cookies::setCookieMaxAge);
            return cookies;
        }
    }
}
