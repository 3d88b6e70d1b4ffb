// LinearRegex
