package dev.entente.spring;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;

/**
 * Refuses requests that a barriered handler does not serve, before its arguments are read: to others by 400, to a
 * coordinator by 405, with which it parks. A saga is not undone for a wrong wiring.
 */
final class BarrieredRequests implements HandlerInterceptor {
    private final MarkedBeans beans;

    BarrieredRequests(MarkedBeans beans) {
        this.beans = beans;
    }

    @Override
    public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler)
            throws IOException {
        BarrieredMethod method =
                handler instanceof HandlerMethod mapped ? beans.method(mapped.getBeanType(), mapped.getMethod()) : null;
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
}
