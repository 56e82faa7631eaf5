package dev.entente.spring;

import dev.entente.participant.Branch;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;

/**
 * Refuses requests that a barriered handler does not accept, before their arguments are read. A coordinator gets 405,
 * so that the transaction parks. Otherwise a wrong setup would undo a saga. Other clients get 400. Reports
 * coordinators' calls that did not reach the barrier.
 */
final class BarrieredRequests implements HandlerInterceptor {
    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS", "TRACE");

    private final MarkedBeans beans;
    private final UnguardedCalls unguarded;

    BarrieredRequests(MarkedBeans beans, UnguardedCalls unguarded) {
        this.beans = beans;
        this.unguarded = unguarded;
    }

    @Override
    public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler)
            throws IOException {
        BarrieredMethod method = method(handler);
        String refusal = method == null ? null : method.refusal();
        if (refusal == null) {
            return true;
        }
        response.setStatus(
                request.getHeader("entente-gid") == null
                        ? HttpServletResponse.SC_BAD_REQUEST
                        : HttpServletResponse.SC_METHOD_NOT_ALLOWED);
        response.setContentType("application/json");
        response.getWriter().write("{\"message\": \"" + refusal + "\"}");
        return false;
    }

    private @Nullable BarrieredMethod method(Object handler) {
        return handler instanceof HandlerMethod mapped ? beans.method(mapped.getBeanType(), mapped.getMethod()) : null;
    }

    /** Ignores a request that could not be read, because its handler did not run. */
    @Override
    public void afterCompletion(
            HttpServletRequest request, HttpServletResponse response, Object handler, @Nullable Exception failure) {
        Branch branch = Branch.current().orElse(null);
        if (branch == null
                || SAFE.contains(request.getMethod())
                || request.getDispatcherType() != DispatcherType.REQUEST
                || response.getStatus() == HttpServletResponse.SC_BAD_REQUEST
                || method(handler) != null) {
            return;
        }
        if (handler instanceof HandlerMethod mapped) {
            unguarded.add(
                    mapped.getBeanType().getName() + "." + mapped.getMethod().getName(), branch);
        }
    }
}
