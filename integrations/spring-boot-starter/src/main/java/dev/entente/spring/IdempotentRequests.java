package dev.entente.spring;

import dev.entente.idempotency.IdempotencyFilter;
import dev.entente.idempotency.IdempotencyKeys;
import dev.entente.idempotency.Idempotent;
import dev.entente.idempotency.KeysUnusable;
import dev.entente.participant.BarrierUnusable;
import dev.entente.participant.Branch;
import dev.entente.wire.BranchMetadata;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.http.server.PathContainer;
import org.springframework.util.function.SingletonSupplier;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerExecutionChain;
import org.springframework.web.servlet.HandlerMapping;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import org.springframework.web.util.ServletRequestPathUtils;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;

/**
 * Applies keys to the configured paths and the marked handlers. In a coordinator's call the branch is the key; a
 * barriered handler needs none. Thread-safe.
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
            ObjectProvider<RequestMappingHandlerMapping> mappings,
            BiConsumer<HttpServletRequest, HttpServletResponse> lateHeaders) {
        this.keyed = SingletonSupplier.of(() -> new IdempotencyFilter(keys.getObject(), lateHeaders));
        if (!paths.isEmpty()) {
            Filter unused = keyed.get(); // missing beans must fail the start
        }
        PathPatternParser parser = new PathPatternParser();
        parser.setCaseSensitive(false); // as the application's rules may be
        this.paths = paths.stream().map(parser::parse).toList();
        this.beans = beans;
        this.mappings = mappings;
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (!(request instanceof HttpServletRequest asked
                && response instanceof HttpServletResponse answer
                && isKeyed(asked))) {
            chain.doFilter(request, response);
            return;
        }
        Branch branch = Branch.current().orElse(null);
        try {
            keyed.get().doFilter(branch == null ? asked : new BranchRequest(asked, branch), response, chain);
        } catch (KeysUnusable unusable) {
            throw branch == null ? unusable : BarrierUnusable.misconfigured(unusable);
        }
        if (branch != null
                && answer.containsHeader("Retry-After")
                && answer.getStatus() == HttpServletResponse.SC_CONFLICT) {
            answer.setHeader("entente-reason", "IN_PROGRESS"); // a bare 409 would make the coordinator undo the branch
        }
    }

    private boolean isKeyed(HttpServletRequest request) {
        PathContainer path = ServletRequestPathUtils.parseAndCache(request).pathWithinApplication();
        try {
            if (paths.isEmpty() && !beans.hasIdempotentHandlers()) {
                return false;
            }
            List<HandlerMethod> handlers = mappings.stream()
                    .flatMap(mapping -> handler(mapping, request))
                    .toList();
            Object pattern =
                    handlers.isEmpty() ? null : request.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE);
            boolean isNamed = isNamed(path, pattern == null ? "" : pattern.toString());
            boolean isBarriers = Branch.current().isPresent()
                    && handlers.stream().anyMatch(each -> beans.method(each.getBeanType(), each.getMethod()) != null);
            return !isBarriers
                    && (isNamed || handlers.stream().anyMatch(each -> each.hasMethodAnnotation(Idempotent.class)));
        } finally {
            ServletRequestPathUtils.clearParsedRequestPath(request);
        }
    }

    /**
     * Returns whether a configured pattern matches the path, with or without a slash at its end, or the pattern of the
     * path's handler. The application may have its own rules to find handlers.
     */
    private boolean isNamed(PathContainer path, String handlers) {
        int last = path.elements().size() - 1;
        boolean hasSlash = last > 0 && path.elements().get(last) instanceof PathContainer.Separator;
        PathContainer bare = hasSlash ? path.subPath(0, last) : path;
        return paths.stream()
                .anyMatch(each -> each.matches(path)
                        || each.matches(bare)
                        || (!handlers.contains("*") && each.matches(PathContainer.parsePath(handlers))));
    }

    private static Stream<HandlerMethod> handler(RequestMappingHandlerMapping mapping, HttpServletRequest request) {
        try {
            HandlerExecutionChain found = mapping.getHandler(request);
            return found != null && found.getHandler() instanceof HandlerMethod handler
                    ? Stream.of(handler)
                    : Stream.empty();
        } catch (Exception unserved) { // the servlet will find and answer this failure
            return Stream.empty();
        }
    }

    /** A coordinator's call, with the branch as key instead of its headers. */
    private static final class BranchRequest extends HttpServletRequestWrapper {
        private final Branch branch;

        BranchRequest(HttpServletRequest request, Branch branch) {
            super(request);
            this.branch = branch;
        }

        @Override
        public Enumeration<String> getHeaders(String name) {
            return name.equalsIgnoreCase(BranchMetadata.IDEMPOTENCY_KEY.name())
                    ? Collections.enumeration(List.of(branch.idempotencyKey()))
                    : super.getHeaders(name);
        }
    }
}
