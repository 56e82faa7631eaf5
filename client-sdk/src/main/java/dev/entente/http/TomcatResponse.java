package dev.entente.http;

import jakarta.servlet.ServletResponse;
import jakarta.servlet.ServletResponseWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/** Hides the class of Tomcat's response, because Tomcat ends its own response after a forward. */
final class TomcatResponse {
    private TomcatResponse() {}

    static HttpServletResponse hiddenIfTomcats(HttpServletResponse response) {
        return isTomcats(response) ? hidden(response) : response;
    }

    private static boolean isTomcats(ServletResponse response) {
        return response instanceof ServletResponseWrapper outer
                ? isTomcats(outer.getResponse())
                : response.getClass().getName().startsWith("org.apache.catalina.");
    }

    @SuppressWarnings("ReferenceEquality") // responses compare by identity
    private static HttpServletResponse hidden(HttpServletResponse response) {
        return (HttpServletResponse) Proxy.newProxyInstance(
                HttpServletResponse.class.getClassLoader(),
                new Class<?>[] {HttpServletResponse.class},
                (self, method, arguments) -> {
                    if (method.getName().equals("equals")) {
                        return self == arguments[0];
                    }
                    try {
                        return method.invoke(response, arguments);
                    } catch (InvocationTargetException failed) {
                        throw failed.getTargetException();
                    }
                });
    }
}
