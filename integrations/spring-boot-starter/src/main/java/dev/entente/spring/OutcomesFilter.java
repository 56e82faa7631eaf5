package dev.entente.spring;

import dev.entente.spring.EntenteProperties.Reason;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.util.Map;

/** Names the reason that this service has for a status in answers to coordinators: {@code entente.web.outcomes}. */
record OutcomesFilter(Map<Integer, Reason> outcomes) implements Filter {
    private static final String HEADER = "entente-reason";

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (request instanceof HttpServletRequest asked
                && response instanceof HttpServletResponse answer
                && asked.getHeader("entente-gid") != null) {
            Naming naming = new Naming(answer);
            // in an error's dispatch the container has set it
            naming.name(answer.getStatus());
            chain.doFilter(request, naming);
        } else {
            chain.doFilter(request, response);
        }
    }

    /** An answer that names the reason with its status. */
    private final class Naming extends HttpServletResponseWrapper {
        Naming(HttpServletResponse answer) {
            super(answer);
        }

        void name(int status) {
            Reason reason = outcomes.get(status);
            if (reason != null || containsHeader(HEADER)) {
                setHeader(HEADER, reason == null ? "" : reason.name());
            }
        }

        @Override
        public void setStatus(int status) {
            name(status);
            super.setStatus(status);
        }

        @Override
        public void sendError(int status) throws IOException {
            name(status);
            super.sendError(status);
        }

        @Override
        public void sendError(int status, String message) throws IOException {
            name(status);
            super.sendError(status, message);
        }
    }
}
