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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Controls the statuses of answers to coordinators. Adds the configured reason of a status ({@code
 * entente.web.outcomes}). Keeps the status of a {@link FailedHandler}: no exception handler converts it to a success.
 */
record OutcomesFilter(Map<Integer, Reason> outcomes) implements Filter {
    /** The request's attribute with a {@link FailedHandler}. */
    static final String FAILED = OutcomesFilter.class.getName();

    private static final Logger LOG = LoggerFactory.getLogger(OutcomesFilter.class);
    private static final String HEADER = "entente-reason";

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (request instanceof HttpServletRequest asked
                && response instanceof HttpServletResponse answer
                && asked.getHeader("entente-gid") != null) {
            Guarded guarded = new Guarded(asked, answer);
            // the container has set the status in an error dispatch
            guarded.name(answer.getStatus());
            chain.doFilter(request, guarded);
        } else {
            chain.doFilter(request, response);
        }
    }

    private final class Guarded extends HttpServletResponseWrapper {
        private final HttpServletRequest request;

        Guarded(HttpServletRequest request, HttpServletResponse answer) {
            super(answer);
            this.request = request;
        }

        void name(int status) {
            Reason reason = outcomes.get(status);
            if (reason != null || containsHeader(HEADER)) {
                setHeader(HEADER, reason == null ? "" : reason.name());
            }
        }

        private int kept(int status) {
            int kept = request.getAttribute(FAILED) instanceof FailedHandler failed
                    ? failed.kept(status, outcomes.keySet())
                    : status;
            if (kept != status) {
                LOG.warn(
                        "the failure of {} is reported as {} to the coordinator, not as {}",
                        request.getRequestURI(),
                        kept,
                        status);
            }
            name(kept);
            return kept;
        }

        @Override
        public void setStatus(int status) {
            super.setStatus(kept(status));
        }

        @Override
        public void sendError(int status) throws IOException {
            super.sendError(kept(status));
        }

        @Override
        public void sendError(int status, String message) throws IOException {
            super.sendError(kept(status), message);
        }

        @Override
        public void reset() {
            super.reset();
            if (request.getAttribute(FAILED) instanceof FailedHandler failed) {
                setStatus(failed.status());
            }
        }
    }
}
