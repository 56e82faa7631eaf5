package dev.entente.spring;

import dev.entente.idempotency.IdempotencyFilter;
import dev.entente.idempotency.IdempotencyKeys;
import dev.entente.idempotency.Idempotent;
import dev.entente.wire.BranchMetadata;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.util.function.SingletonSupplier;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerExecutionChain;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import org.springframework.web.util.ServletRequestPathUtils;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;

/**
 * Puts keys before the configured paths and the marked handlers, save for coordinators, whose key is for the barrier.
 * Thread-safe.
 */
final class IdempotentRequests implements Filter {
    private final Supplier<Filter> keyed;
    private final List<PathPattern> paths;
    private final MarkedBeans beans;
    private final ObjectProvider<RequestMappingHandlerMapping> mappings;

    IdempotentRequests(
            ObjectProvider<IdempotencyKeys> keys,
            List<String> paths,
            MarkedBeans beans,
            ObjectProvider<RequestMappingHandlerMapping> mappings) {
        this.keyed = SingletonSupplier.of(() -> new IdempotencyFilter(keys.getObject()));
        if (!paths.isEmpty()) {
            Filter unused = keyed.get(); // what it wants is to be there at the start
        }
        this.paths =
                paths.stream().map(PathPatternParser.defaultInstance::parse).toList();
        this.beans = beans;
        this.mappings = mappings;
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (request instanceof HttpServletRequest asked
                && asked.getHeader(BranchMetadata.GID.name()) == null
                && isKeyed(asked)) {
            keyed.get().doFilter(request, response, chain);
        } else {
            chain.doFilter(request, response);
        }
    }

    private boolean isKeyed(HttpServletRequest request) {
        var path = ServletRequestPathUtils.parseAndCache(request).pathWithinApplication();
        try {
            return paths.stream().anyMatch(each -> each.matches(path))
                    || (beans.hasIdempotentHandlers()
                            && mappings.stream().anyMatch(mapping -> leadsToMark(mapping, request)));
        } finally {
            ServletRequestPathUtils.clearParsedRequestPath(request);
        }
    }

    private static boolean leadsToMark(RequestMappingHandlerMapping mapping, HttpServletRequest request) {
        try {
            HandlerExecutionChain found = mapping.getHandler(request);
            return found != null
                    && found.getHandler() instanceof HandlerMethod handler
                    && handler.hasMethodAnnotation(Idempotent.class);
        } catch (Exception unserved) { // as the servlet is about to find and to answer
            return false;
        }
    }
}
