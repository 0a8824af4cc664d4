"""How deliveries are paced, decided as pure functions of values: rates, lanes, circuits."""
