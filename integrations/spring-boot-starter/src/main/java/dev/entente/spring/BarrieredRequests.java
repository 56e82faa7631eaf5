package dev.entente.spring;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;

/** Answers 400 to requests that a barriered handler does not serve, before its arguments are read. */
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
        response.setStatus(HttpServletResponse.SC_BAD_REQUEST);
        response.setContentType("application/json");
        response.getWriter().write("{\"message\": \"" + refusal + "\"}");
        return false;
    }
}
