"""The site: url tree, base templates, components, and the pages that join areas."""
