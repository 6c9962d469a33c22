def use(wrapper):
    wrapper.build("s3")
    wrapper.build(input())
