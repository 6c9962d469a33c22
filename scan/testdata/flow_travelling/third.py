def use(wrapper):
    wrapper.build("s3")
