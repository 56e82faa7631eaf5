package dev.entente.spring;

import dev.entente.client.Entente;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.beans.factory.UnsatisfiedDependencyException;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/** Explains why an application did not start. Runs before Spring Boot's own analyzers. */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class StartFailures implements FailureAnalyzer {
    @Override
    public @Nullable FailureAnalysis analyze(Throwable failure) {
        String where = "";
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof WrongSetup wrong) {
                return new FailureAnalysis(wrong.what(), wrong.action(), wrong);
            }
            if (cause instanceof UnsatisfiedDependencyException wants) {
                where = ", which the bean '" + wants.getBeanName() + "' needs";
            }
            if (cause instanceof NoSuchBeanDefinitionException missing
                    && !(missing instanceof NoUniqueBeanDefinitionException)) {
                return missing(missing, where);
            }
        }
        return null;
    }

    private static @Nullable FailureAnalysis missing(NoSuchBeanDefinitionException missing, String where) {
        Class<?> type = missing.getBeanType();
        if (type == null || !type.getName().startsWith("dev.entente.")) {
            return null;
        }
        return new FailureAnalysis(
                "There is no bean of " + type.getName() + where + ".",
                type == Entente.class
                        ? "Set entente.target to the coordinator's address, such as localhost:7790."
                        : "Give the application a data source and its transaction manager (spring.datasource.url, with"
                                + " spring-boot-starter-jdbc or -data-jpa); if there are several, mark one @Primary.",
                missing);
    }
}
